use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use tunewright::plot::Figure;
use tunewright::space::{Params, Scale, Space};
use tunewright::{Error, Study, Trial, nas};

use super::studies;

pub(super) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_page_has_all_that_it_needs_in_itself() {
    let study = studies::training(40);
    let page = study.page().unwrap().to_html().unwrap();
    for part in ["src=", "href=\"http", "url(", "@import", "fetch(", "{{"] {
        assert!(!page.contains(part), "{part}");
    }
    for title in [
        "Optimization history",
        "Learning curves",
        "Timeline",
        "Importance",
        "Effects",
        "Slices",
        "Contours",
        "Parallel coordinates",
    ] {
        assert!(page.contains(&format!("<h3>{title}</h3>")), "{title}");
    }
    for part in ["<main", "<nav aria-label", "<header", "<footer", "lang=\"en\"", "viewport"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn what_people_write_stays_text() {
    let page = studies::extreme(12).page().unwrap().to_html().unwrap();
    assert!(!page.contains("<script>alert"));
    assert!(!page.contains("<b>markup"));
    assert!(page.contains("&lt;b&gt;markup"));
    assert!(page.contains("\\u003c/script>"));
}

#[test]
fn best_architectures_are_drawn() {
    let page = studies::architectures(20).page().unwrap().to_html().unwrap();
    assert!(page.contains("Best architecture") && page.contains("class=\"nas\""));
    assert!(page.contains("Decisions over time"));
}

#[test]
fn architectures_within_a_config_are_drawn() {
    let chain = nas::Chain::new().decide("kernel", [1, 3, 5]).depth(1..=3);
    let space = Space::builder().float("lr", 1e-4..=1e-1, Scale::Log).field("network", &chain);
    let study = Study::in_space(space.build().unwrap()).seed(1).build().unwrap();
    study.optimize(|config: Params, _: &mut Trial| config.float("lr"), 5).unwrap();
    let page = study.page().unwrap().to_html().unwrap();
    assert!(page.contains("Best architecture: network") && page.contains("class=\"nas\""));
    let alone = study.trials().unwrap().analysis().page().to_html().unwrap();
    assert!(alone.contains("Best architecture: network"));
}

#[test]
fn marks_of_records_lie_above_the_line_of_the_best() {
    let history = studies::training(40).pictures().unwrap().history().to_svg();
    let line = history.find("best so far</title>").unwrap();
    assert!(history.find("<title>trial").unwrap() > line);
}

#[test]
fn pictures_of_ones_own_can_be_added() {
    let network = nas::Network::new([nas::Layer::new().with("kernel", 3)]).unwrap();
    let study = studies::constant();
    let own = Figure::from(&network).titled("My network");
    let page = study.page().unwrap().picture(own).to_html().unwrap();
    assert!(page.contains("<h3>My network</h3>"));
}

#[test]
fn a_study_without_results_has_a_page() {
    let page = studies::failing().page().unwrap().to_html().unwrap();
    assert!(page.contains("No trial is complete yet") && page.contains("out of &lt;memory&gt;"));
}

#[test]
fn a_report_that_cannot_be_written_says_where() {
    let error = studies::constant().report("/no/such/folder/report.html").unwrap_err();
    let Error::Export(source) = error else { panic!("{error}") };
    assert!(source.to_string().contains("/no/such/folder/report.html"), "{source}");
}

#[test]
#[ignore = "a release build's bar"]
fn ten_thousand_trials_of_twenty_parameters_make_a_page_soon() {
    let study = studies::large(10_000);
    let path = file("large.html");
    let timed = |_| {
        let start = Instant::now();
        study.report(&path).unwrap();
        start.elapsed()
    };
    // Beside other tests the quickest of some tells what it takes.
    let time = (0..3).map(timed).min().unwrap();
    let size = fs::metadata(&path).unwrap().len();
    println!("{time:?}, {size} bytes");
    assert!(time.as_secs_f64() < 5.0, "{time:?}");
    assert!(size < 8_000_000, "{size} bytes");
}

#[test]
#[ignore = "a release build's bar"]
fn a_hundred_parameters_make_a_page_of_a_few_megabytes() {
    let path = file("wide.html");
    studies::wide(300).report(&path).unwrap();
    let size = fs::metadata(&path).unwrap().len();
    assert!(size < 4_000_000, "{size} bytes");
}
