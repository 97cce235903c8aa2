//! The security levels that a proof can name and a verifier can accept.

/// One of the parameter sets of the whole proof system, leaf to top. Each has a circuit set of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityLevel {
    /// A handful of queries, for tests of programs that use proofs. Proves nothing to anybody.
    Insecure,
    /// 100 bits if random-words conjectures on the list decoding of Reed–Solomon codes hold.
    Conjectured100,
    /// 100 bits by published theorems only (unique decoding).
    Provable100,
}

impl SecurityLevel {
    /// All levels, weakest first.
    pub const ALL: [Self; 3] = [Self::Insecure, Self::Conjectured100, Self::Provable100];

    /// The field element that stands for this level among a proof's public inputs.
    pub const fn tag(self) -> u64 {
        match self {
            Self::Insecure => 0,
            Self::Conjectured100 => 1,
            Self::Provable100 => 2,
        }
    }

    /// The level with this tag, if there is one.
    pub const fn from_tag(tag: u64) -> Option<Self> {
        match tag {
            0 => Some(Self::Insecure),
            1 => Some(Self::Conjectured100),
            2 => Some(Self::Provable100),
            _ => None,
        }
    }

    /// Lower-case name, as the command line and file names write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insecure => "insecure",
            Self::Conjectured100 => "conjectured-100",
            Self::Provable100 => "provable-100",
        }
    }
}

impl core::fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_distinct_and_read_back() {
        for level in SecurityLevel::ALL {
            assert_eq!(SecurityLevel::from_tag(level.tag()), Some(level));
        }
        assert_eq!(SecurityLevel::from_tag(3), None);
        assert_eq!(SecurityLevel::from_tag(u64::MAX), None);
    }
}
