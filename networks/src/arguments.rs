use std::path::PathBuf;

use super::{Failure, Schedule};

const HELP: &str = "\
options:
  --quick           one seed and a few children, to see that all works
  --seconds <N>     processor time of each search
  --children <N>    how many children a search begins at most; as many as its time allows without it
  --epochs <N>      how many passes over the images a child is trained during the search
  --seeds <N>       how many searches of each kind
  --seed <N>        seed of the first ones; the next ones follow
  --output <folder> where drawings go
";

/// Images per step.
const BATCH: usize = 32;

/// Options of the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments {
    /// Processor time of each search in seconds, over all workers.
    pub seconds: f64,
    /// How many children a search begins at most.
    pub children: usize,
    /// Passes over the images in a child's training within a search.
    pub epochs: usize,
    /// Passes over the images when what was found is trained in the end.
    pub retraining: usize,
    /// How often that is done, with other initial weights each time.
    pub repeats: u64,
    /// Seeds of the searches.
    pub seeds: Vec<u64>,
    /// Where drawings go.
    pub output: PathBuf,
}

impl Arguments {
    /// Without any arguments, a full comparison, whose drawings go into `target/` and the folder
    /// `name`.
    pub(super) fn parse(
        name: &str,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, Failure> {
        let mut options = Arguments {
            seconds: 30.0,
            children: usize::MAX,
            epochs: 6,
            retraining: 12,
            repeats: 3,
            seeds: Vec::new(),
            output: PathBuf::from("target").join(name),
        };
        let (mut first, mut count) = (1, 5);
        let (quick, others): (Vec<String>, Vec<String>) =
            arguments.into_iter().partition(|argument| argument == "--quick");
        if !quick.is_empty() {
            (options.seconds, options.retraining, options.repeats, count) = (6.0, 4, 2, 1);
        }
        let mut arguments = others.into_iter();
        while let Some(argument) = arguments.next() {
            let known = ["--seconds", "--children", "--epochs", "--seeds", "--seed", "--output"];
            if !known.contains(&argument.as_str()) {
                return Err(format!("there is no option {argument}\n{HELP}").into());
            }
            let Some(value) = arguments.next() else {
                return Err(format!("{argument} needs a value\n{HELP}").into());
            };
            if argument == "--output" {
                options.output = value.into();
                continue;
            }
            let least = u32::from(argument != "--seed");
            let wrong =
                || format!("{argument} takes a whole number from {least}, not {value}\n{HELP}");
            let number: u32 = value.parse().map_err(|_| wrong())?;
            if number < least {
                return Err(wrong().into());
            }
            match argument.as_str() {
                "--seed" => first = u64::from(number),
                "--seeds" => count = u64::from(number),
                "--seconds" => options.seconds = f64::from(number),
                "--children" => options.children = number as usize,
                _ => options.epochs = number as usize,
            }
        }
        options.seeds = (first..first + count).collect();
        Ok(options)
    }

    /// How children are trained during a search.
    pub(super) fn schedule(&self, rate: f64) -> Schedule {
        Schedule { epochs: self.epochs, batch: BATCH, rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, Failure> {
        Arguments::parse("here", line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read() {
        let usual = parse("").unwrap();
        assert_eq!(usual.output, PathBuf::from("target/here"));
        assert_eq!(usual.seeds, [1, 2, 3, 4, 5]);
        let read =
            parse("--seconds 9 --children 30 --epochs 7 --seed 0 --seeds 2 --quick --output there");
        let read = read.unwrap();
        assert_eq!((read.seconds, read.children, read.epochs), (9.0, 30, 7));
        assert_eq!(read.seeds, [0, 1]);
        assert_eq!(read.output, PathBuf::from("there"));
        assert!(read.retraining < usual.retraining);
    }

    #[test]
    fn mistakes_are_told() {
        for (line, told) in [
            ("--fast", "no option --fast"),
            ("--seed", "--seed needs a value"),
            ("--seed -1", "a whole number from 0, not -1"),
            ("--children 0", "a whole number from 1, not 0"),
            ("--seconds 0", "a whole number from 1, not 0"),
            ("--epochs few", "a whole number from 1, not few"),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(told) && message.contains("--output"), "{message}");
        }
    }
}
