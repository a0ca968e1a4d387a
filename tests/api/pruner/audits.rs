use tunewright::pruner::{MarginalValuePruner, Verdict};
use tunewright::trial::{Direction, Event, metric};

use super::{Trials, steps};

/// Complete trials that keep their order, and one that is behind all of them.
fn hopeless() -> (Trials, u64) {
    let mut trials = Trials::new(Direction::Minimize, None);
    for end in (1..=12).map(f64::from) {
        trials.completed(&steps(&[end + 0.5; 30]));
    }
    let number = trials.running(&steps(&[20.0, 20.0]));
    (trials, number)
}

#[test]
fn what_a_model_has_chosen_is_no_audit() {
    let (mut trials, number) = hopeless();
    let pruner = MarginalValuePruner::new();
    assert!(matches!(trials.decide(&pruner, number), Verdict::Audit(_)));
    trials.apply(number, Event::noted(metric::CHOSEN_BY_MODEL, "true"));
    let reason = trials.reason(&pruner, number).unwrap();
    assert!(reason.starts_with("rank 13 of 13 after 2 of 30 reports; "), "{reason}");
}

#[test]
fn audits_make_up_to_their_share_of_all_reports() {
    let (mut trials, number) = hopeless();
    let audited = trials.running(&steps(&[20.0; 30]));
    trials.audit(audited);
    // 60 of 392 reports: the first trial that came to its end counts as an audit.
    let decided = |share| trials.decide(&MarginalValuePruner::new().audits(share), number);
    assert!(matches!(decided(0.16), Verdict::Audit(_)));
    assert!(matches!(decided(0.15), Verdict::Stop(_)));
}
