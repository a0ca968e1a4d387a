//! Pictures of several goals, and of limits.

use std::collections::BTreeSet;

use roxmltree::Document;
use tunewright::analysis::Reference;
use tunewright::plot::Figure;
use tunewright::space::{Params, Scale, Space};
use tunewright::trial::{Goal, at_most, maximize, minimize};
use tunewright::{RandomSampler, Study, Trial};

use crate::report::studies;

/// A study whose trials have these values, in this order.
fn told<const N: usize>(goals: [Goal; N], rows: &[[f64; N]]) -> Study<Params> {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).goals(goals).sampler(RandomSampler::new()).seed(1).build();
    let study = study.unwrap();
    let objective = |_: Params, trial: &mut Trial| -> tunewright::Result<[f64; N]> {
        Ok(rows[trial.number() as usize])
    };
    study.optimize(objective, rows.len()).unwrap();
    study
}

/// The numbers of the trials that have a mark of this class, in the order of the document.
fn marked(figure: &Figure, class: &str) -> Vec<u64> {
    let svg = figure.to_svg();
    let document = Document::parse(&svg).unwrap();
    let marks = document.descendants().filter(|node| node.attribute("class") == Some(class));
    marks.filter_map(|node| node.attribute("data-n")?.parse().ok()).collect()
}

fn sorted(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers
}

/// The corners of the front's steps, in pixels.
fn steps(figure: &Figure) -> Vec<(f64, f64)> {
    let svg = figure.to_svg();
    let document = Document::parse(&svg).unwrap();
    let title = |node: &roxmltree::Node<'_, '_>| {
        node.children()
            .any(|child| child.has_tag_name("title") && child.text() == Some("the front"))
    };
    let Some(path) = document.descendants().find(title) else { return Vec::new() };
    let places = path.attribute("d").unwrap().split(['M', 'L']).skip(1);
    places
        .map(|place| {
            let (x, y) = place.split_once(' ').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        })
        .collect()
}

fn classes(figure: &Figure) -> BTreeSet<String> {
    let svg = figure.to_svg();
    let document = Document::parse(&svg).unwrap();
    document.descendants().filter_map(|node| Some(node.attribute("class")?.to_owned())).collect()
}

#[test]
fn the_front_is_filled_what_it_dominates_grey_and_what_misses_a_limit_hollow() {
    let study = studies::two_goals(60);
    let running = study.ask().unwrap();
    let (trials, figure) = (study.trials().unwrap(), study.pictures().unwrap().front());
    let front: Vec<u64> = trials.front().iter().map(|trial| trial.number()).collect();
    let mut shown = marked(&figure, "best");
    assert!(!shown.is_empty() && shown.iter().all(|number| front.contains(number)));
    assert_eq!(marked(&figure, "w"), [trials.knee().unwrap().number()]);
    shown.extend(marked(&figure, "dim"));
    let infeasible = marked(&figure, "miss");
    assert!(!infeasible.is_empty());
    for number in infeasible {
        assert!(trials.iter().any(|trial| trial.number() == number && trial.values()[1] > 20.0));
    }
    assert!(!figure.to_svg().contains(&format!("data-n=\"{}\"", running.number())));
    assert!(figure.caption().starts_with(&format!("{} of ", front.len())), "{}", figure.caption());
    let svg = figure.to_svg();
    assert!(
        svg.contains("error (lower is better)") && svg.contains("latency_ms (lower is better)")
    );
    assert!(svg.contains("limit: latency_ms at most 20"));
}

#[test]
fn the_steps_go_from_the_front_to_the_limits_in_every_pair_of_directions() {
    let rows = [[1.0, 4.0], [2.0, 2.0], [4.0, 1.0], [4.0, 4.0], [9.0, 9.0]];
    for (x_high, y_high) in [(false, false), (true, false), (false, true), (true, true)] {
        let goal = |name: &str, high| match high {
            true => maximize(name).limit(-6.0),
            false => minimize(name).limit(6.0),
        };
        let sign = |value: f64, high| if high { -value } else { value };
        let rows = rows.map(|[x, y]| [sign(x, x_high), sign(y, y_high)]);
        let study = told([goal("a", x_high), goal("b", y_high)], &rows);
        let figure = study.pictures().unwrap().front();
        assert_eq!(sorted(marked(&figure, "best")), [0, 1, 2]);
        assert_eq!((marked(&figure, "dim"), marked(&figure, "miss")), (vec![3], vec![4]));
        let steps = steps(&figure);
        // Down from the limit, three trials with two corners between them, and out to the limit.
        assert_eq!(steps.len(), 7, "{steps:?}");
        for pair in steps.windows(2) {
            let ((x, y), (next_x, next_y)) = (pair[0], pair[1]);
            assert!((x - next_x).abs() < 0.2 || (y - next_y).abs() < 0.2, "{steps:?}");
            assert!(if x_high { next_x <= x + 0.2 } else { next_x >= x - 0.2 }, "{steps:?}");
            assert!(if y_high { next_y <= y + 0.2 } else { next_y >= y - 0.2 }, "{steps:?}");
        }
    }
}

#[test]
fn a_front_of_nothing_of_one_trial_of_ties_and_of_infinities() {
    let goals = || [minimize("a"), minimize("b").limit(10.0)];
    let front = |rows: &[[f64; 2]]| told(goals(), rows).pictures().unwrap().front();
    let nothing = front(&[]);
    assert!(nothing.is_empty() && nothing.caption().contains("No trial is complete"));
    let one = front(&[[1.0, 2.0]]);
    assert_eq!((marked(&one, "best"), steps(&one).len()), (vec![0], 3));
    assert!(classes(&one).contains("bound"), "a limit beside one trial");
    let infeasible = front(&[[1.0, 11.0], [2.0, 12.0]]);
    assert!(infeasible.caption().starts_with("All 2 complete trials are infeasible"));
    assert_eq!((marked(&infeasible, "miss").len(), steps(&infeasible).len()), (2, 0));
    let ties = front(&[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]);
    assert!(ties.caption().starts_with("3 of 3"), "{}", ties.caption());
    assert_eq!(steps(&ties).len(), 3);
    let rows = [[f64::INFINITY, 1.0], [1.0, f64::NEG_INFINITY], [0.5, 3.0], [0.2, 4.0]];
    let infinite = front(&rows);
    let svg = infinite.to_svg();
    assert!(!svg.contains("\"NaN") && !svg.contains(" NaN") && !svg.contains("Linf"));
    assert_eq!(sorted(marked(&infinite, "best")), [2, 3]);
    let one_goal = studies::constant().pictures().unwrap().front();
    assert!(one_goal.is_empty() && one_goal.caption().contains("one goal"));
}

#[test]
fn a_limit_far_from_all_values_is_told_in_words() {
    let rows = [[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]];
    let study = told([minimize("a"), minimize("b").limit(1e9)], &rows);
    let figure = study.pictures().unwrap().front();
    assert!(!classes(&figure).contains("bound"));
    assert!(figure.caption().contains("The limit, b at most 1"), "{}", figure.caption());
}

#[test]
fn three_goals_have_a_panel_for_each_pair_and_more_have_parallel_axes() {
    let study = studies::three_goals(60);
    let pictures = study.pictures().unwrap();
    let svg = pictures.front().to_svg();
    for title in ["accuracy and latency_ms", "accuracy and bytes", "latency_ms and bytes"] {
        assert!(svg.contains(&format!(">{title}</text>")), "{title}");
    }
    assert!(steps(&pictures.front()).is_empty());
    let five = studies::five_goals(40);
    let pictures = five.pictures().unwrap();
    assert_eq!(pictures.front().title(), pictures.parallel_goals().title());
    let front: Vec<u64> = five.trials().unwrap().front().iter().map(|one| one.number()).collect();
    let mut shown = marked(&pictures.parallel_goals(), "good");
    shown.extend(marked(&pictures.parallel_goals(), "l1"));
    assert_eq!(sorted(shown), sorted(front));
}

#[test]
fn better_is_up_on_every_axis_of_goals() {
    let rows = [[1.0, 9.0], [5.0, 1.0]];
    let study = told([minimize("a"), maximize("b")], &rows);
    let svg = study.pictures().unwrap().parallel_goals().to_svg();
    let document = Document::parse(&svg).unwrap();
    let heights = |number: &str| -> Vec<f64> {
        let line = document.descendants().find(|node| node.attribute("data-n") == Some(number));
        let path = line.unwrap().attribute("d").unwrap();
        path.split(['M', 'L'])
            .skip(1)
            .map(|at| at.split_once(' ').unwrap().1.parse().unwrap())
            .collect()
    };
    let (better, worse) = (heights("0"), heights("1"));
    assert!(better.iter().zip(&worse).all(|(up, down)| up < down), "{better:?} {worse:?}");
}

#[test]
fn the_best_so_far_is_feasible_and_infeasible_trials_are_hollow() {
    let study = studies::constrained(40);
    let trials = study.trials().unwrap();
    let figure = study.pictures().unwrap().history();
    let limit = |trial: &&tunewright::trial::TrialRecord| trial.metrics()["latency_ms"] > 6.0;
    let infeasible: Vec<u64> = trials.iter().filter(limit).map(|trial| trial.number()).collect();
    assert!(infeasible.len() > 3);
    assert_eq!(marked(&figure, "miss"), infeasible);
    let best = study.best().unwrap().number();
    assert_eq!(marked(&figure, "best"), [best]);
    assert!(figure.caption().starts_with(&format!("Trial {best} has the best value")));
    assert!(figure.to_svg().contains("(infeasible: latency_ms at most 6 is missed by"));

    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study =
        Study::in_space(space).goals([minimize("a")]).outcome_constraint("m", at_most(-1.0));
    let study = study.seed(1).build().unwrap();
    let objective = |_: Params, trial: &mut Trial| {
        trial.record("m", 1.0);
        3.0
    };
    study.optimize(objective, 4).unwrap();
    let history = study.pictures().unwrap().history();
    assert!(history.caption().starts_with("No trial is feasible"), "{}", history.caption());
    assert_eq!(marked(&history, "miss").len(), 4);
}

#[test]
fn the_hypervolume_has_a_reference_or_is_not_drawn() {
    let rows = [[0.0, 2.0], [1.0, 1.0], [2.0, 0.0], [2.5, 2.5]];
    let study = told([minimize("a"), minimize("b")], &rows);
    let pictures = study.pictures().unwrap();
    assert_eq!(pictures.history().title(), "Goals over trials");
    assert!(pictures.hypervolume(Reference::Limits).is_err());
    let figure = pictures.hypervolume([3.0, 3.0]).unwrap();
    assert!(
        figure.caption().contains("the reference, a 3, b 3: 6 after 4"),
        "{}",
        figure.caption()
    );
    assert_eq!(marked(&figure, "p"), [0, 1, 2]);
    let none = pictures.hypervolume([-1.0, -1.0]).unwrap();
    assert!(none.caption().contains("no feasible trial is better than the reference"));
    let limited = told([minimize("a").limit(3.0), minimize("b").limit(3.0)], &rows);
    let history = limited.pictures().unwrap().history();
    assert_eq!(history.title(), "Hypervolume over trials");
    assert!(history.caption().contains("measured from the limits, a 3, b 3: 6"));
}

#[test]
fn pictures_of_the_value_name_the_first_goal() {
    let study = studies::two_goals(30);
    let pictures = study.pictures().unwrap();
    let slices = pictures.slices();
    assert!(slices.caption().starts_with("error of "), "{}", slices.caption());
    assert!(slices.to_svg().contains(">error</text>"));
    assert!(pictures.parallel_coordinates().caption().contains("in error"));
    let contour = pictures.contour("width", "depth").unwrap();
    assert!(contour.caption().contains("expects of error"), "{}", contour.caption());
}

#[test]
fn names_of_goals_stay_text() {
    let study = studies::limited_goals(30);
    let pictures = study.pictures().unwrap();
    for figure in [pictures.front(), pictures.parallel_goals(), pictures.history()] {
        let svg = figure.to_svg();
        assert!(Document::parse(&svg).is_ok() && svg.contains("&lt;on&gt;"), "{}", figure.title());
    }
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let goals = [minimize("<b>&\""), minimize("</svg>"), minimize("<script>")];
    let study = Study::in_space(space).goals(goals).seed(1).build().unwrap();
    let objective = |config: Params, _: &mut Trial| -> tunewright::Result<[f64; 3]> {
        let x = config.float("x")?;
        Ok([x, 1.0 - x, x * x])
    };
    study.optimize(objective, 12).unwrap();
    let page = study.page().unwrap().to_html().unwrap();
    let start = page.find("<h3>Front in space</h3>").unwrap();
    let figure = &page[start..start + page[start..].find("</figure>").unwrap()];
    assert!(figure.contains("&lt;script&gt;") && !figure.contains("<script>"));
}

#[test]
fn a_page_of_several_goals_has_their_pictures() {
    let page = |study: &Study<Params>| study.page().unwrap().to_html().unwrap();
    let two = page(&studies::two_goals(20));
    assert!(two.contains("<h3>Front</h3>") && two.contains("<h3>Goals side by side</h3>"));
    assert!(!two.contains("svg.space'"), "a script that the page does not need");
    let three = page(&studies::three_goals(20));
    assert!(three.contains("class=\"tw space\"") && three.contains("'svg.space'"));
    for part in ["src=", "href=\"http", "url(", "@import", "fetch(", "{{"] {
        assert!(!three.contains(part), "{part}");
    }
    let one = page(&studies::constrained(20));
    assert!(!one.contains("id=\"goals\""));
}

#[test]
#[ignore = "a release build's bar"]
fn a_front_of_ten_thousand_trials_stays_small() {
    let rows: Vec<[f64; 2]> =
        (0..10_000).map(|at| f64::from(at) / 1e4).map(|x| [x, (1.0 - x).powi(2)]).collect();
    let study = told([minimize("a"), minimize("b")], &rows);
    let pictures = study.pictures().unwrap();
    let volume = pictures.hypervolume([1.0, 1.0]).unwrap();
    for figure in [pictures.front(), pictures.parallel_goals(), pictures.history(), volume] {
        let size = figure.to_svg().len();
        assert!(size < 300_000, "{}: {size} bytes", figure.title());
    }
}
