//! The REST connector, rule by rule, against small servers that answer as each rule needs it.

mod configuration;
mod egress;
mod limits;
mod matrix;
mod paging;
mod reading;
mod redirects;
mod replies;
mod stub;
mod tls;
mod writing;
