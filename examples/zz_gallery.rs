#![allow(clippy::unwrap_used, missing_docs, unused)]
#[path = "../tests/api/report/studies.rs"]
mod studies;
use std::fs;
use tunewright::report::{Figure, Pictures};
use tunewright::{ControllerSampler, Study};
fn save(dir: &str, name: &str, f: Figure) {
    fs::write(format!("{dir}/{name}.svg"), f.to_svg()).unwrap();
    fs::write(format!("{dir}/{name}-narrow.svg"), f.width(380.0).to_svg()).unwrap();
}
fn all<C: 'static>(tag: &str, s: &Study<C>, pairs: &[(&str, &str)], metrics: &[&str]) {
    let dir = format!("/tmp/pics/{tag}");
    fs::create_dir_all(&dir).unwrap();
    let t = std::time::Instant::now();
    let p = s.pictures().unwrap();
    save(&dir, "history", p.history());
    save(&dir, "parallel", p.parallel_coordinates());
    save(&dir, "slices", p.slices());
    save(&dir, "importance", p.importance());
    save(&dir, "curves", p.learning_curves());
    save(&dir, "timeline", p.timeline());
    save(&dir, "stages", p.stages());
    save(&dir, "decisions", p.decisions());
    for (a, b) in pairs { save(&dir, &format!("contour-{}", a.chars().take(5).collect::<String>()), p.contour(a, b).unwrap()); }
    for m in metrics { save(&dir, &format!("effects-{m}"), p.effects(m).unwrap()); }
    println!("{tag} pictures {:?}", t.elapsed());
    let t = std::time::Instant::now();
    s.report(format!("{dir}/report.html")).unwrap();
    println!("{tag} report {:?} {} kB", t.elapsed(), fs::metadata(format!("{dir}/report.html")).unwrap().len() / 1000);
}
fn main() {
    let which = std::env::args().nth(1).unwrap_or("small".into());
    if which == "large" { return all("large", &studies::large(10_000), &[], &[]); }
    for n in [1, 10, 1000] {
        all(&format!("training{n}"), &studies::training(n), &[("learning_rate", "layers"), ("dropout", "optimizer"), ("optimizer.Sgd.momentum", "learning_rate")], &["goal", "train_error", "seconds"]);
    }
    all("training60", &studies::training(60), &[("learning_rate", "layers"), ("dropout", "optimizer"), ("optimizer.Sgd.momentum", "learning_rate")], &["goal", "train_error", "seconds"]);
    all("extreme", &studies::extreme(60), &[("tiny", "huge")], &["goal"]);
    all("grid", &studies::grid(80), &[("lr", "decay")], &["goal"]);
    let a = studies::architectures(120);
    all("arch", &a, &[], &["goal"]);
    let mut c = ControllerSampler::unscreened();
    let best = a.best().unwrap();
    let view = a.consult(|ctx| c.policy(ctx, best.record().point())).unwrap().unwrap();
    save("/tmp/pics/arch", "policy", Figure::from(&view));
    all("failing", &studies::failing(), &[], &[]);
    all("constant", &studies::constant(), &[], &[]);
}
