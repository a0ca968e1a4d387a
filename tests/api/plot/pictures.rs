use roxmltree::{Document, Node};
use tunewright::analysis::GOAL;
use tunewright::plot::{Figure, Pictures};
use tunewright::{ControllerSampler, Error};

use crate::report::studies;

/// All pictures that need no names.
fn all(pictures: &Pictures<'_>) -> Vec<Figure> {
    vec![
        pictures.history(),
        pictures.parallel_coordinates(),
        pictures.slices(),
        pictures.effects(GOAL).unwrap(),
        pictures.importance(),
        pictures.learning_curves(),
        pictures.timeline(),
        pictures.stages(),
        pictures.decisions(),
    ]
}

/// Every picture of every kind of study, with a name.
fn gallery() -> Vec<(String, Figure)> {
    let mut gallery = Vec::new();
    let mut add = |name: &str, figures: Vec<Figure>| {
        gallery.extend(figures.into_iter().map(|figure| (name.to_owned(), figure)));
    };
    for trials in [1, 10, 60] {
        let study = studies::training(trials);
        let pictures = study.pictures().unwrap();
        add(&format!("training {trials}"), all(&pictures));
        for (x, y) in [
            ("learning_rate", "layers"),
            ("dropout", "optimizer"),
            ("width", "optimizer"),
            ("optimizer.Sgd.momentum", "optimizer.Sgd.nesterov"),
        ] {
            add(&format!("training {trials}"), vec![pictures.contour(x, y).unwrap()]);
        }
        add("seconds", vec![pictures.effects("seconds").unwrap()]);
    }
    let extreme = studies::extreme(40);
    let pictures = extreme.pictures().unwrap();
    add("extreme", all(&pictures));
    add("extreme", vec![pictures.contour("tiny", "huge").unwrap()]);
    add("grid", all(&studies::grid(40).pictures().unwrap()));
    add("failing", all(&studies::failing().pictures().unwrap()));
    add("constant", all(&studies::constant().pictures().unwrap()));
    let architectures = studies::architectures(60);
    add("architectures", all(&architectures.pictures().unwrap()));
    let best = architectures.best().unwrap();
    let mut controller = ControllerSampler::without_surrogate();
    let policy = architectures
        .with_context(|context| controller.policy(context, best.record().point()))
        .unwrap()
        .unwrap();
    let several = [
        ("one trial of two goals", studies::two_goals(1)),
        ("two goals", studies::two_goals(60)),
        ("limits", studies::limited_goals(50)),
        ("three goals", studies::three_goals(60)),
        ("five goals", studies::five_goals(40)),
        ("one goal with a constraint", studies::constrained(40)),
        ("two goals without trials", studies::two_goals(0)),
    ];
    for (name, study) in several {
        let pictures = study.pictures().unwrap();
        let figures = [
            pictures.history(),
            pictures.front(),
            pictures.parallel_goals(),
            pictures.parallel_coordinates(),
            pictures.slices(),
        ];
        add(name, figures.into());
    }
    add("policy", vec![Figure::from(&policy), Figure::from(best.config())]);
    gallery
}

/// A text of a picture with the box that it fills, by usual widths of characters.
struct Placed {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).map_or(0.0, |value| value.parse().unwrap())
}

fn moved(node: Node<'_, '_>) -> (f64, f64) {
    let of = |node: Node<'_, '_>| {
        let Some(transform) = node.attribute("transform") else { return (0.0, 0.0) };
        let inner = transform.trim_start_matches("translate(").trim_end_matches(')');
        let (x, y) = inner.split_once(' ').unwrap();
        (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap())
    };
    node.ancestors().map(of).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

fn placed(document: &Document<'_>) -> Vec<Placed> {
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    let texts = texts.map(|node| {
        let own = node.children().filter(|child| child.is_text());
        let text: String = own.filter_map(|child| child.text()).collect();
        let font = match node.attribute("class").unwrap_or("").split(' ').next() {
            Some("m") => 11.0,
            Some("h") => 16.0,
            _ => 12.0,
        };
        let em = |c: char| match c {
            'i' | 'l' | 'j' | '.' | ',' | ' ' | 't' | 'f' => 0.3,
            c if c.is_ascii() => 0.56,
            _ => 1.0,
        };
        let width = font * text.chars().map(em).sum::<f64>();
        let (dx, dy) = moved(node);
        let (x, y) = (number(node, "x") + dx, number(node, "y") + dy);
        let left = match node.attribute("text-anchor") {
            Some("middle") => x - width / 2.0,
            Some("end") => x - width,
            _ => x,
        };
        let (top, bottom) = (y - 0.74 * font, y + 0.2 * font);
        Placed { text, left, right: left + width, top, bottom }
    });
    texts.collect()
}

#[test]
fn pictures_are_well_formed_and_their_texts_have_room() {
    for (name, figure) in gallery() {
        for width in [880.0, 380.0] {
            let svg = figure.clone().width(width).to_svg();
            let document = Document::parse(&svg)
                .unwrap_or_else(|error| panic!("{name}, {}: {error}", figure.title()));
            let root = document.root_element();
            assert!(root.attribute("aria-label").is_some());
            for node in document.descendants() {
                for attribute in node.attributes().filter(|a| !a.name().starts_with("aria")) {
                    let value = attribute.value();
                    assert!(!value.contains("NaN") && !value.contains("inf"), "{name}: {value}");
                }
            }
            if figure.title() == "Architecture" {
                continue; // has a size of its own
            }
            let (right, bottom) = (number(root, "width"), number(root, "height"));
            assert_eq!(right, width);
            let texts = placed(&document);
            for (at, one) in texts.iter().enumerate() {
                let inside = one.left >= -0.5
                    && one.right <= right + 0.5
                    && one.top >= -0.5
                    && one.bottom <= bottom + 0.5;
                assert!(inside, "{name}, {}, {width}: {} sticks out", figure.title(), one.text);
                for other in &texts[..at] {
                    let apart = one.left >= other.right
                        || other.left >= one.right
                        || one.top >= other.bottom
                        || other.top >= one.bottom;
                    assert!(
                        apart,
                        "{name}, {}, {width}: {:?} lies on {:?}",
                        figure.title(),
                        one.text,
                        other.text
                    );
                }
            }
        }
    }
}

#[test]
fn pictures_are_there_when_their_data_are() {
    let study = studies::training(40);
    let pictures = study.pictures().unwrap();
    let empty = |figures: Vec<Figure>| -> Vec<String> {
        let empty = figures.iter().filter(|figure| figure.is_empty());
        empty.map(|figure| figure.title().to_owned()).collect()
    };
    assert_eq!(empty(all(&pictures)), ["Stages of the grid", "Decisions over time"]);
    let empty_of_grid = empty(all(&studies::grid(40).pictures().unwrap()));
    assert_eq!(empty_of_grid, ["Learning curves", "Decisions over time"]);
    assert!(!studies::architectures(40).pictures().unwrap().decisions().is_empty());
    let failing = studies::failing();
    assert!(!failing.pictures().unwrap().history().is_empty());
    assert!(failing.pictures().unwrap().slices().is_empty());
}

#[test]
fn a_history_shows_every_trial_the_best_one_and_failures() {
    let study = studies::training(30);
    let svg = study.pictures().unwrap().history().to_svg();
    let document = Document::parse(&svg).unwrap();
    let of_class = |class: &str| {
        let marks = document.descendants().filter(|node| node.attribute("class") == Some(class));
        marks.filter_map(|node| node.attribute("data-n")?.parse::<u64>().ok()).collect::<Vec<_>>()
    };
    let history = study.history().unwrap();
    assert_eq!(of_class("best"), [study.best().unwrap().number()]);
    assert_eq!(of_class("x").len(), history.failed_count());
    assert_eq!(of_class("p").len(), history.complete_count());
    let hint = document
        .descendants()
        .find(|node| node.attribute("class") == Some("best") && node.attribute("data-n").is_some())
        .and_then(|node| node.children().find(|child| child.has_tag_name("title"))?.text())
        .unwrap()
        .to_owned();
    assert!(
        hint.starts_with(&format!("trial {} (best)", study.best().unwrap().number())),
        "{hint}"
    );
}

#[test]
fn a_long_history_stays_small() {
    let study = studies::training(3000);
    let pictures = study.pictures().unwrap();
    for figure in [pictures.history(), pictures.timeline(), pictures.learning_curves()] {
        let size = figure.to_svg().len();
        assert!(size < 300_000, "{}: {size} bytes", figure.title());
    }
}

#[test]
fn a_slice_leaves_out_trials_without_the_parameter() {
    let study = studies::training(40);
    let figure = study.pictures().unwrap().slice("optimizer.Sgd.momentum").unwrap();
    let svg = figure.to_svg();
    let with = study.trials().unwrap();
    let axis = with.header().space.position("optimizer.Sgd.momentum").unwrap();
    for trial in with.iter() {
        let is_there = svg.contains(&format!("data-n=\"{}\"", trial.number()));
        assert!(trial.point().is_active(axis) || !is_there, "trial {}", trial.number());
    }
    assert!(svg.matches("data-n=").count() >= 5);
}

#[test]
fn names_that_do_not_exist_are_errors_that_say_so() {
    let study = studies::training(5);
    let pictures = study.pictures().unwrap();
    let error = pictures.contour("learning_rat", "layers").unwrap_err();
    assert!(error.to_string().contains("learning_rate"), "{error}");
    let error = pictures.contour("layers", "layers").unwrap_err();
    assert!(matches!(error, Error::InvalidOption { .. }), "{error}");
    assert!(pictures.slice("nothing").is_err());
}
