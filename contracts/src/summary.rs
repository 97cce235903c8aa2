//! What a program costs and does, counted from its rows: what `braid explain` prints.

use std::collections::BTreeMap;

use crate::layout::HOLDING;
use crate::program::{Check, Operation, Program, Transfer};
use crate::rom::Rom;

/// Elements that one step of a sponge absorbs.
const RATE: usize = 4;
/// Elements of a default message before its own: half of the program digest.
const DIGEST_ELEMENTS: usize = 2;
/// Bytes of an element in published data.
const ELEMENT_BYTES: usize = 8;

/// Counts of one program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Rows of the cpu table.
    pub rows: usize,
    /// Operands and hints.
    pub operands: usize,
    /// See `operands`.
    pub hints: usize,
    /// Pages that are only read.
    pub pages_read: usize,
    /// Pages that are written.
    pub pages_written: usize,
    /// Written pages that many users' transactions share: those of a layout that is neither a header nor a holding and whose
    /// account does not sign. Their transactions run one after another.
    pub pages_hot: usize,
    /// Signatures.
    pub signers: usize,
    /// Steps of the sponges over messages.
    pub message_steps: usize,
    /// All steps of the hash table that are no tree nodes: messages, signatures, data, inbox, records, chains.
    pub hash_steps: usize,
    /// Rows of the wide table.
    pub mul_divs: usize,
    /// Range checks of outputs by width in bits, with the hidden difference of each `less` under 62.
    pub range_checks: BTreeMap<u8, usize>,
    /// Bytes of published data: number of the program, operands and hints, each as eight bytes.
    pub published_bytes: usize,
    /// Records of the outbox.
    pub records: usize,
    /// Where amounts come from and go to, in the order of the text.
    pub transfers: Vec<Transfer>,
}

impl Program {
    /// Counts what the program costs and does.
    pub fn summary(&self) -> Summary {
        let mut range_checks = BTreeMap::new();
        for row in &self.instructions {
            let bits = match (row.op, row.check) {
                (Operation::Less, _) => 62,
                (_, Check::Range(bits)) => bits,
                (_, Check::None | Check::Zero) => continue,
            };
            *range_checks.entry(bits).or_default() += 1;
        }
        let signed: Vec<_> = self.pages.iter().filter(|page| page.signer != 0).map(|page| page.account).collect();
        let hot = |page: &&crate::program::PageSlot| {
            page.written && page.layout != HOLDING && !signed.contains(&page.account)
        };
        let message_steps = self.messages.iter().map(|message| {
            let digest = match message {
                crate::program::Message::Default { .. } => DIGEST_ELEMENTS,
                crate::program::Message::Over { .. } => 0,
            };
            (digest + message.elements().len()).div_ceil(RATE)
        });
        let wide = |op| matches!(op, Operation::MulDiv | Operation::MulDivUp);
        let written = self.pages.iter().filter(|page| page.written).count();
        Summary {
            rows: self.instructions.len(),
            operands: self.operands.len(),
            hints: self.hints.len(),
            pages_read: self.pages.len() - written,
            pages_written: written,
            pages_hot: self.pages.iter().filter(hot).count(),
            signers: self.messages.len(),
            message_steps: message_steps.sum(),
            hash_steps: Rom::of_program(self, 0, Default::default()).schedule.len(),
            mul_divs: self.instructions.iter().filter(|row| wide(row.op)).count(),
            range_checks,
            published_bytes: ELEMENT_BYTES * (1 + self.operands.len() + self.hints.len()),
            records: self.records.len(),
            transfers: self.transfers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Registry;

    #[test]
    fn a_transfer() {
        let registry = Registry::builtin();
        let program = registry.program(registry.index_of("transfer").unwrap()).unwrap();
        let summary = program.summary();
        assert_eq!((summary.rows, summary.operands, summary.hints), (11, 6, 2));
        assert_eq!((summary.pages_read, summary.pages_written, summary.pages_hot), (0, 3, 0));
        assert_eq!((summary.signers, summary.message_steps, summary.mul_divs), (1, 3, 0));
        assert_eq!(summary.range_checks.into_iter().collect::<Vec<_>>(), [(40, 2), (48, 1), (62, 4)]);
        // Three blocks of message, going on with one of hints and a step of the data chain; four, two and two of signature:
        // challenge, response, seed and randomizer.
        assert_eq!(summary.hash_steps, 13);
        let moves: Vec<_> = summary.transfers.iter().map(|moved| (&moved.from[..], &moved.to[..])).collect();
        assert_eq!(moves, [("user.credit", "fees"), ("a.amount", "b.amount")]);
    }

    #[test]
    fn a_pool_is_hot() {
        let registry = Registry::builtin();
        let program = registry.program(registry.index_of("swap_in.0").unwrap()).unwrap();
        let summary = program.summary();
        assert_eq!((summary.pages_hot, summary.mul_divs, summary.rows), (1, 1, 18));
    }
}
