//! All contract texts of the repository, also those that the built-in registry leaves out.

/// Names and texts.
pub const SOURCES: [(&str, &str); 10] = [
    ("account", include_str!("../../sources/account.braid")),
    ("pool", include_str!("../../sources/pool.braid")),
    ("oracle", include_str!("../../sources/oracle.braid")),
    ("gov", include_str!("../../sources/gov.braid")),
    ("orders", include_str!("../../sources/orders.braid")),
    ("lending", include_str!("../../sources/lending.braid")),
    ("invoice", include_str!("../../sources/invoice.braid")),
    ("farm", include_str!("../../sources/farm.braid")),
    ("call", include_str!("../../sources/call.braid")),
    ("channel", include_str!("../../sources/channel.braid")),
];
