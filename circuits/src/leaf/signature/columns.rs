//! Columns of the signature chip.

use crate::columns;

columns! {
    /// One signature.
    pub struct Columns {
        /// Not padding.
        real,
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
        /// Encoding of the nonce point R.
        w_r: [5],
        /// Its inverse.
        u_r: [5],
        /// Abscissa of R.
        x_r: [5],
        /// Square root of the abscissa over 7.
        root_r: [5],
        /// The challenge, 32 bits each, lowest first.
        words: [4],
        /// Inverses of 2^32 - 1 - words\[1\] and 2^32 - 1 - words\[3\], or 0.
        inverses: [2],
        /// The message digest.
        digest: [4],
    }
}
