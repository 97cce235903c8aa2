//! Columns of the signature chip.

use crate::columns;

columns! {
    /// One signature, or one limb of the sum of all responses.
    pub struct Columns {
        /// A signature.
        real,
        /// A limb of the sum of all responses.
        flush,
        /// Number of that limb; 0 on signatures.
        limb,
        /// Transaction.
        tx,
        /// Message of the transaction, from 1.
        message,
        /// Encoding of the key Q.
        w_q: [5],
        /// Its inverse.
        u_q: [5],
        /// Abscissa of Q.
        x_q: [5],
        /// Square root of the abscissa over 7.
        root_q: [5],
        /// Encoding of the nonce point R; of -G where a limb is.
        w_r: [5],
        /// Its inverse.
        u_r: [5],
        /// Abscissa of R.
        x_r: [5],
        /// Square root of the abscissa over 7.
        root_r: [5],
        /// The message digest.
        digest: [4],
        /// The challenge e, 16 bits each, lowest first.
        e: [8],
        /// Inverses of 2^32 - 1 less the high words of its two halves, or 0.
        e_inverses: [2],
        /// The response s, 16 bits each, lowest first.
        s: [20],
        /// The randomizer r, 8 bits each, lowest first; where a limb is, its bytes in the first seven.
        r: [16],
        /// Inverses of 2^32 - 1 less the high words of its two halves, or 0.
        r_inverses: [2],
        /// The product r·e, 8 bits each, lowest first.
        product: [32],
        /// Carries of the product after every 32 bits but the last: low + 32·high.
        carries: [14],
        /// Limb k of the sum of r·s over the rows before, as integers that count 2^(16k); below the signatures shifted down by
        /// one a row.
        sums: [27],
    }
}
