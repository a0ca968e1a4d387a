use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::thread;

use tunewright::SearchSpace;

use super::search::{Arm, Found, Improvement, Task, WORKERS, search};
use super::{Architecture, Arguments, Digits, Failure, Images, Mean, Schedule, train};

/// A network that was trained anew, several times.
#[derive(Clone, Copy, Debug)]
pub struct Retrained {
    /// Percentage of the test images that it reads wrongly.
    pub error: Mean,
    /// Trained numbers.
    pub parameters: u64,
    /// Mean processor time of a training, in seconds.
    pub seconds: f64,
}

/// A search, and what became of the network that it found.
#[derive(Clone, Debug)]
pub struct Row<A> {
    /// Which kind of search.
    pub arm: Arm,
    /// Its seed.
    pub seed: u64,
    /// What it found.
    pub found: Found<A>,
    /// The best network after half of the time; `None` if no child was done by then.
    pub half: Option<Retrained>,
    /// The best network in the end.
    pub end: Retrained,
}

/// Searches in every way of [`Arm::ALL`] with every seed of the arguments and the same processor time;
/// trains what each search found anew on all images but those of the test; writes a row for each
/// search to `out` and then a summary; and keeps the drawings of the best network by validation
/// accuracy.
///
/// # Errors
/// A search finds nothing, or files cannot be written.
pub fn compare<A, S>(
    task: &Task<S>,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Vec<Row<A>>, Failure>
where
    A: Architecture + Clone + Send + Sync + Display + 'static,
    S: SearchSpace<Config = A> + Clone + 'static,
{
    let digits = Digits::load()?;
    let seen = digits.seen();
    let schedule = Schedule { epochs: arguments.retraining, ..arguments.schedule(task.rate) };
    let seconds = arguments.seconds;
    writeln!(out, "Each search has {seconds} s of processor time; errors in per cent.\n")?;
    writeln!(
        out,
        "{:<27}{:>5}{:>9}{:>8}{:>12}{:>16}{:>16}{:>12}{:>10}{:>8}",
        "", "", "", "ended", "validation,", "test, found", "test, found", "", "retrained", ""
    )?;
    writeln!(
        out,
        "{:<27}{:>5}{:>9}{:>8}{:>12}{:>16}{:>16}{:>12}{:>10}{:>8}",
        "search",
        "seed",
        "children",
        "early",
        "best",
        "by half time",
        "in the end",
        "parameters",
        "in",
        "time"
    )?;
    let mut rows: Vec<Row<A>> = Vec::new();
    // Seed by seed, so that what disturbs the machine for a while disturbs all kinds alike.
    for &seed in &arguments.seeds {
        for arm in Arm::ALL {
            let found = search(task, arm, seed, arguments, &digits)?;
            let best = found.best().ok_or("a search found nothing")?;
            let anew = |found: &Improvement<A>| {
                retrain(&found.architecture, &seen, &digits.test, schedule, arguments.repeats)
            };
            let end = anew(best)?;
            let half = match found.after(seconds / 2.0) {
                Some(earlier) if earlier.seconds < best.seconds => Some(anew(earlier)?),
                Some(_) => Some(end),
                None => None,
            };
            let row = Row { arm, seed, half, end, found };
            write_row(out, &row)?;
            rows.push(row);
        }
    }
    summarize(out, &rows, seconds)?;
    let best = rows
        .iter()
        .filter_map(|row| row.found.best())
        .max_by(|left, right| left.reward.total_cmp(&right.reward));
    if let Some(best) = best {
        fs::create_dir_all(&arguments.output)?;
        for (name, text) in best.architecture.files()? {
            fs::write(arguments.output.join(name), text)?;
        }
        let (accuracy, folder) = (100.0 * best.reward, arguments.output.display());
        writeln!(out, "\nThe best by validation accuracy ({accuracy:.1} %), drawn in {folder}:\n")?;
        writeln!(out, "{}", best.architecture)?;
    }
    Ok(rows)
}

fn retrain<A: Architecture + Sync>(
    architecture: &A,
    seen: &Images,
    test: &Images,
    schedule: Schedule,
    repeats: u64,
) -> Result<Retrained, Failure> {
    // Children of a search have random seeds, none so small.
    let seeds: Vec<u64> = (0..repeats).collect();
    let once = |seed: u64| -> Result<(f64, f64), Failure> {
        let child = train(architecture, seen, schedule, seed, None, |_, _| Ok(()))?;
        Ok((100.0 * (1.0 - child.accuracy(test)?), child.time().as_secs_f64()))
    };
    let mut results = Vec::new();
    for seeds in seeds.chunks(WORKERS) {
        let side_by_side: Result<Vec<_>, Failure> = thread::scope(|scope| {
            let once = &once;
            let threads: Vec<_> =
                seeds.iter().map(|&seed| scope.spawn(move || once(seed))).collect();
            let joined = threads.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|_| Err("a retraining panicked".into()))
            });
            joined.collect()
        });
        results.extend(side_by_side?);
    }
    let (errors, seconds): (Vec<f64>, Vec<f64>) = results.into_iter().unzip();
    Ok(Retrained {
        error: Mean::of(&errors),
        parameters: architecture.cost()?.parameters,
        seconds: Mean::of(&seconds).value,
    })
}

fn write_row<A>(out: &mut impl Write, row: &Row<A>) -> Result<(), Failure> {
    let found = &row.found;
    let best = found.best().map_or(f64::NAN, |best| 100.0 * (1.0 - best.reward));
    let half = row.half.map_or("nothing yet".into(), |half| half.error.to_string());
    writeln!(
        out,
        "{:<27}{:>5}{:>9}{:>8}{best:>12.1}{half:>16}{:>16}{:>12}{:>8.1} s{:>6.0} s",
        row.arm.name(),
        row.seed,
        found.children,
        found.ended_early,
        row.end.error.to_string(),
        row.end.parameters,
        row.end.seconds,
        found.time.as_secs_f64(),
    )?;
    Ok(out.flush()?)
}

/// Means over the seeds, and differences, which are taken seed by seed.
fn summarize<A>(out: &mut impl Write, rows: &[Row<A>], seconds: f64) -> Result<(), Failure> {
    let of = |arm: Arm| rows.iter().filter(move |row| row.arm == arm);
    let mean = |arm: Arm, value: &dyn Fn(&Row<A>) -> f64| -> Mean {
        Mean::of(&of(arm).map(value).collect::<Vec<f64>>())
    };
    let best = |row: &Row<A>| row.found.best().map_or(f64::NAN, |best| 100.0 * (1.0 - best.reward));
    let end = |row: &Row<A>| row.end.error.value;
    let half = |row: &Row<A>| row.half.map_or(f64::NAN, |half| half.error.value);
    writeln!(out, "\nMeans over seeds ({}) ± standard error:\n", rows.len() / Arm::ALL.len())?;
    writeln!(
        out,
        "{:<27}{:>14}{:>14}{:>14}{:>18}{:>18}",
        "search", "children", "ended early", "best valid.", "test, by half", "test, in the end"
    )?;
    for arm in Arm::ALL {
        writeln!(
            out,
            "{:<27}{:>14.1}{:>14.1}{:>14.2}{:>18.2}{:>18.2}",
            arm.name(),
            mean(arm, &|row| row.found.children as f64),
            mean(arm, &|row| row.found.ended_early as f64),
            mean(arm, &best),
            mean(arm, &half),
            mean(arm, &end),
        )?;
    }
    let difference = |left: Vec<f64>, right: Vec<f64>| {
        let each = left.iter().zip(&right).map(|(left, right)| left - right);
        Mean::of(&each.collect::<Vec<f64>>())
    };
    let values =
        |arm: Arm, value: &dyn Fn(&Row<A>) -> f64| of(arm).map(value).collect::<Vec<f64>>();
    writeln!(out, "\nDifferences of the test error; below 0 the first one is better:\n")?;
    for early_stopping in [true, false] {
        let [controller, random] =
            [true, false].map(|controller| Arm { controller, early_stopping });
        let difference = difference(values(controller, &end), values(random, &end));
        writeln!(
            out,
            "{:<62}{difference:>16}",
            format!("{} - {}", controller.name(), random.name())
        )?;
    }
    for controller in [true, false] {
        let [with, without] =
            [true, false].map(|early_stopping| Arm { controller, early_stopping });
        let difference = difference(values(with, &half), values(without, &end));
        let names = format!("{} in half of the time - {}", with.name(), without.name());
        writeln!(out, "{names:<62}{difference:>16}")?;
    }
    writeln!(
        out,
        "\nSeconds after which a search with early stopping had a child as good on the validation images\n\
         as the best one without it after {seconds} s:\n"
    )?;
    for controller in [true, false] {
        let [with, without] =
            [true, false].map(|early_stopping| Arm { controller, early_stopping });
        let reached = of(with).zip(of(without)).map(|(with, without)| {
            let goal = without.found.best().map_or(f64::NAN, |best| best.reward);
            with.found
                .reached(goal)
                .map_or("not reached".to_owned(), |seconds| format!("{seconds:.0}"))
        });
        let reached: Vec<String> = reached.collect();
        writeln!(out, "{:<27}{}", without.name(), reached.join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tunewright::ControllerSampler;
    use tunewright::nas::Chain;

    use super::*;

    fn task() -> Task<impl SearchSpace<Config = tunewright::nas::Network> + Clone + 'static> {
        let space = Chain::new()
            .filter_height([1, 3])
            .filter_width([3])
            .filters([2, 4])
            .stride([2])
            .depth(1..=3)
            .build()
            .unwrap();
        let controller = ControllerSampler::new;
        Task { space, parameters: 2_000, multiply_adds: 20_000, controller, rate: 2e-2 }
    }

    #[test]
    fn every_kind_of_search_finds_a_network() {
        let output = std::env::temp_dir().join(format!("tunewright-{}", std::process::id()));
        let arguments = Arguments {
            seconds: 60.0,
            children: 3,
            epochs: 1,
            retraining: 1,
            repeats: 2,
            seeds: vec![1, 2],
            output: output.clone(),
        };
        let mut text = Vec::new();
        let rows = compare(&task(), &arguments, &mut text).unwrap();
        assert_eq!(rows.len(), 8);
        for row in &rows {
            assert_eq!(row.found.children, 3);
            assert!(row.found.improvements.is_sorted_by(|left, right| {
                left.reward < right.reward && left.seconds <= right.seconds
            }));
            let cost = Architecture::cost(&row.found.best().unwrap().architecture).unwrap();
            assert_eq!(row.end.parameters, cost.parameters);
            assert!(cost.parameters <= 2_000 && cost.multiply_adds <= 20_000);
            assert!((1.0..95.0).contains(&row.end.error.value), "{:?}", row.end);
            // All children were done by then.
            assert_eq!(row.half.unwrap().error, row.end.error);
        }
        let text = String::from_utf8(text).unwrap();
        for arm in Arm::ALL {
            assert!(text.lines().filter(|line| line.starts_with(arm.name())).count() >= 3);
        }
        assert!(output.join("network.svg").is_file());
        fs::remove_dir_all(output).unwrap();
    }

    #[test]
    fn too_little_time_is_told() {
        let arguments = Arguments {
            seconds: 0.0,
            children: 5,
            epochs: 1,
            retraining: 1,
            repeats: 1,
            seeds: vec![1],
            output: std::env::temp_dir(),
        };
        let message = compare(&task(), &arguments, &mut Vec::new()).unwrap_err().to_string();
        assert!(message.contains("raise --seconds"), "{message}");
    }
}
