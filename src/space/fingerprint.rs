use super::distribution::Distribution;
use super::space::Space;

impl Space {
    /// The names of the space's [rules](super::Rule), each with the axes that it is about, from the
    /// first to the one before the last, such as `chain 0..12`.
    pub fn rules_by_name(&self) -> Vec<String> {
        let name = |ruled: &super::rule::Ruled| {
            format!("{} {}..{}", ruled.rule.name(), ruled.axes.start, ruled.axes.end)
        };
        self.rules().iter().map(name).collect()
    }

    /// A hash of all that tells the space apart from others, the names of its rules included: 16
    /// hexadecimal digits. Equal spaces with the same rules have the same one, on every machine and
    /// in every version that writes spaces in the same way.
    ///
    /// ```
    /// use tunewright::Space;
    /// use tunewright::space::Scale;
    ///
    /// let space = |high| Space::builder().float("lr", 1e-5..=high, Scale::Log).build();
    /// assert_eq!(space(0.1)?.fingerprint(), space(0.1)?.fingerprint());
    /// assert_ne!(space(0.1)?.fingerprint(), space(0.2)?.fingerprint());
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn fingerprint(&self) -> String {
        // A space is written without fail: its numbers are finite, its keys are texts.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        // The name of a law is for people.
        for axis in self.axes() {
            if let Distribution::Numeric(numeric) = axis.distribution()
                && let Some(law) = numeric.law()
            {
                let key = |law: &str| {
                    let name = serde_json::to_string(law).unwrap_or_default();
                    format!("\"law\":{{\"name\":{name}")
                };
                text = text.replace(&key(law), &key(""));
            }
        }
        for rule in self.rules_by_name() {
            text.push('\n');
            text.push_str(&rule);
        }
        // FNV-1a, 64 bits: the standard library's hashes may change from version to version.
        let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{mixed:016x}")
    }
}
