use tunewright::nas::CostGoal;

fn reward(goal: CostGoal, score: f64, cost: f64) -> f64 {
    goal.reward(score, cost).unwrap()
}

#[test]
fn rewards_are_those_of_the_papers() {
    // 2^-0.07 and 0.5^-0.07.
    let soft = CostGoal::factor(80.0, 0.07);
    assert!((reward(soft, 0.75, 160.0) - 0.75 * 0.952_638_0).abs() < 1e-7);
    assert!((reward(soft, 0.75, 40.0) - 0.75 * 1.049_716_7).abs() < 1e-7);
    let hard = CostGoal::factor(80.0, 1.0).at_most();
    assert_eq!([40.0, 80.0, 160.0].map(|cost| reward(hard, 0.75, cost)), [0.75, 0.75, 0.375]);
    let absolute = CostGoal::absolute(80.0, 0.07);
    for (cost, expected) in [(40.0, 0.715), (80.0, 0.75), (120.0, 0.715)] {
        assert!((reward(absolute, 0.75, cost) - expected).abs() < 1e-12);
    }
    assert_eq!(reward(absolute.at_most(), 0.75, 40.0), 0.75);
    assert!((reward(absolute.at_most(), 0.75, 120.0) - 0.715).abs() < 1e-12);
}

#[test]
fn what_is_within_the_limit_comes_first() {
    let goal = CostGoal::feasible_first(10.0, 0.0);
    let in_order = [(0.9, 3.0), (0.5, 10.0), (0.0, 9.0), (0.95, 10.5), (0.99, 30.0)];
    let rewards = in_order.map(|(score, cost)| reward(goal, score, cost));
    assert!(rewards.windows(2).all(|pair| pair[0] > pair[1]), "{rewards:?}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let goal = CostGoal::factor(1.0, 0.07);
    for (goal, score, cost, message) in [
        (CostGoal::factor(0.0, 0.07), 1.0, 1.0, "target"),
        (CostGoal::absolute(1.0, -1.0), 1.0, 1.0, "weight"),
        (CostGoal::feasible_first(1.0, f64::NAN), 1.0, 1.0, "lowest"),
        (CostGoal::feasible_first(1.0, 0.5), 0.4, 1.0, "at least the lowest"),
        (goal, f64::NAN, 1.0, "score"),
        (goal, -0.1, 1.0, "CostGoal::absolute"),
        (goal, 0.5, -1.0, "cost"),
        (goal, 0.5, f64::INFINITY, "positive"),
    ] {
        let error = goal.reward(score, cost).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
