use tunewright::{Params, Space, Study, Trial};

fn built(space: Space) -> Study<Params> {
    Study::in_space(space).build().unwrap()
}

async fn train(_: Params, _: &mut Trial) -> f64 {
    0.0
}

fn an_async_function(space: Space) {
    built(space).optimize(train, 60);
}

fn forgets(_: Params, _: &mut Trial) {
    1.0;
}

fn a_function_without_a_value(space: Space) {
    built(space).optimize(forgets, 60);
}

struct Data;

fn a_struct_that_is_no_objective(space: Space) {
    let study = built(space);
    study.optimize(Data, 60);
    study.optimize(&Data, 60);
}

fn a_result_without_an_error_type(space: Space) {
    built(space).optimize(|_: Params, _: &mut Trial| Ok(1.0), 60);
}

fn a_constraint_that_returns_a_number(space: Space) {
    let _ = Study::in_space(space).constraint("small", |_: &Params| 1.0);
}

fn main() {}
