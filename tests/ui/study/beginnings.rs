use tunewright::{Params, Space, Study, Trial};

fn train(_: Params, _: &mut Trial) -> f64 {
    0.0
}

fn a_forgotten_build(space: Space) -> tunewright::Result<()> {
    let study = Study::in_space(space).seed(7);
    study.optimize(train, 60)?;
    let asked = study.ask()?;
    Ok(())
}

fn new() {
    let study = Study::<Params>::new();
}

fn main() {}
