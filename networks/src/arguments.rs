use std::path::PathBuf;

use super::{Failure, Schedule};

const HELP: &str = "\
options:
  --quick           a few children that are trained briefly, to see that all works
  --children <N>    how many children each search trains
  --epochs <N>      how many passes over the images a child is trained during the search
  --seed <N>        seed of the searches
  --output <folder> where drawings go
";

/// Options of the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments {
    /// How many children each search trains.
    pub children: usize,
    /// How children are trained during a search.
    pub schedule: Schedule,
    /// How what was found is trained in the end.
    pub retraining: Schedule,
    /// How often that is done, with other initial weights each time.
    pub repeats: u64,
    /// Seed of the searches.
    pub seed: u64,
    /// Where drawings go.
    pub output: PathBuf,
}

impl Arguments {
    /// Without any arguments, a full search of so many children, whose drawings go into
    /// `target/` and the folder `name`.
    pub(super) fn parse(
        name: &str,
        children: usize,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, Failure> {
        let mut options = Arguments {
            children,
            schedule: Schedule::epochs(4),
            retraining: Schedule::epochs(12),
            repeats: 4,
            seed: 1,
            output: PathBuf::from("target").join(name),
        };
        let (quick, others): (Vec<String>, Vec<String>) =
            arguments.into_iter().partition(|argument| argument == "--quick");
        if !quick.is_empty() {
            options.children = 12;
            options.schedule = Schedule::epochs(2);
            options.retraining = Schedule::epochs(2);
            options.repeats = 2;
        }
        let mut arguments = others.into_iter();
        while let Some(argument) = arguments.next() {
            let known = ["--children", "--epochs", "--seed", "--output"];
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
            let wrong = || format!("{argument} takes a number from 1, not {value}\n{HELP}");
            let number: u64 = value.parse().map_err(|_| wrong())?;
            match argument.as_str() {
                "--seed" => options.seed = number,
                _ if number == 0 => return Err(wrong().into()),
                "--children" => options.children = usize::try_from(number)?,
                _ => options.schedule.epochs = usize::try_from(number)?,
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, Failure> {
        Arguments::parse("here", 120, line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read() {
        let usual = parse("").unwrap();
        assert_eq!(usual.output, PathBuf::from("target/here"));
        let read = parse("--children 30 --epochs 7 --seed 0 --quick --output there").unwrap();
        assert_eq!((read.children, read.schedule.epochs, read.seed), (30, 7, 0));
        assert_eq!(read.output, PathBuf::from("there"));
        assert!(read.retraining.epochs < usual.retraining.epochs);
    }

    #[test]
    fn mistakes_are_told() {
        for (line, told) in [
            ("--fast", "no option --fast"),
            ("--seed", "--seed needs a value"),
            ("--children 0", "a number from 1, not 0"),
            ("--epochs few", "a number from 1, not few"),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(told) && message.contains("--output"), "{message}");
        }
    }
}
