//! Repeated searches and what came of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tunewright::sampler::Stream;
use tunewright::{Error, Study};

use crate::arguments::{Arguments, Reward};
use crate::table::{Table, TableSpace};

/// The report: a line per checkpoint.
pub(crate) fn repeat(
    table: &TableSpace,
    earlier: Option<&TableSpace>,
    arguments: &Arguments,
) -> Result<String, String> {
    if arguments.reward == Reward::One
        && std::iter::once(table).chain(earlier).any(|table| table.0.lacks_single_scores())
    {
        return Err(
            "--reward one needs columns valid_0, valid_1, … with a score in each row".into()
        );
    }
    let workers = thread::available_parallelism().map_or(1, usize::from).min(arguments.repeats);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![None; arguments.repeats]);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let repeat = next.fetch_add(1, Ordering::Relaxed);
                    if repeat >= arguments.repeats {
                        break;
                    }
                    let regrets = search(table, earlier, arguments, repeat as u64);
                    if let Ok(mut done) = done.lock() {
                        done[repeat] = Some(regrets);
                    }
                }
            });
        }
    });
    let done = done.into_inner().map_err(|_| "a search did not end".to_owned())?;
    let runs: Vec<Vec<f64>> = done
        .into_iter()
        .map(|run| run.ok_or("a search did not end")?)
        .collect::<Result<_, String>>()?;
    Ok(report(&runs, arguments.queries))
}

/// Queries of the search that comes before.
const EARLIER_QUERIES: usize = 200;

/// The regret after each query of one search.
fn search(
    space: &TableSpace,
    earlier: Option<&TableSpace>,
    arguments: &Arguments,
    repeat: u64,
) -> Result<Vec<f64>, String> {
    let study = |space: &TableSpace| {
        Study::in_space(space.clone())
            .maximize()
            .sampler((arguments.new_sampler)())
            .seed(arguments.seed.wrapping_add(repeat))
    };
    let mut wanted = study(space);
    if let Some(earlier) = earlier {
        let first = study(earlier).build().map_err(|error| error.to_string())?;
        query(&first, &earlier.0, &rewards(&earlier.0, arguments, repeat), EARLIER_QUERIES)?;
        wanted = wanted.learn_from(&first);
    }
    let study = wanted.build().map_err(|error| error.to_string())?;
    query(&study, &space.0, &rewards(&space.0, arguments, repeat), arguments.queries)
}

/// Runs a study on a table; the regret after each query.
fn query(
    study: &Study<Option<usize>>,
    table: &Table,
    reward: &[f64],
    queries: usize,
) -> Result<Vec<f64>, String> {
    let mut regrets = Vec::with_capacity(queries);
    let mut best: Option<usize> = None;
    for _ in 0..queries {
        match study.ask() {
            Ok(asked) => {
                let row = asked.config().ok_or("an architecture that the table lacks")?;
                study.tell(asked, reward[row]).map_err(|error| error.to_string())?;
                if best.is_none_or(|best| reward[row] > reward[best]) {
                    best = Some(row);
                }
            }
            // All architectures were tried.
            Err(
                Error::Exhausted { .. } | Error::GridExhausted { .. } | Error::NothingNew { .. },
            ) => {}
            Err(error) => return Err(error.to_string()),
        }
        regrets.push(best.map_or(f64::NAN, |row| table.best - table.rows[row].valid));
    }
    Ok(regrets)
}

/// What each row is worth to this repeat.
fn rewards(table: &Table, arguments: &Arguments, repeat: u64) -> Vec<f64> {
    let mut random = Stream::new(arguments.seed.wrapping_add(repeat), u64::MAX);
    let one =
        |single: &[f64], random: &mut Stream| single[random.below(single.len() as u64) as usize];
    let rows = table.rows.iter();
    match arguments.reward {
        Reward::Mean => rows.map(|row| row.valid).collect(),
        Reward::One => rows.map(|row| one(&row.single, &mut random)).collect(),
    }
}

/// 10, 20, 25, 50, 100, 150, 200, 300, … up to the limit.
fn checkpoints(queries: usize) -> impl Iterator<Item = usize> {
    [10, 20, 25, 50, 100, 150]
        .into_iter()
        .chain((200..).step_by(100))
        .take_while(move |at| *at <= queries)
}

fn report(runs: &[Vec<f64>], queries: usize) -> String {
    let mut text = String::from("queries,mean_regret,std_error,share_at_optimum\n");
    let n = runs.len() as f64;
    for at in checkpoints(queries) {
        let regrets: Vec<f64> = runs.iter().map(|run| run[at - 1]).collect();
        let mean = regrets.iter().sum::<f64>() / n;
        let squares: f64 = regrets.iter().map(|regret| (regret - mean).powi(2)).sum();
        let error = if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { 0.0 };
        let optimal = regrets.iter().filter(|regret| **regret <= 0.0).count() as f64 / n;
        text.push_str(&format!("{at},{mean:.4},{error:.4},{optimal:.2}\n"));
    }
    text
}
