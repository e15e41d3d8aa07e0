use store::{Conn, ids::RunId};
pub struct Report;
pub async fn assemble(_c: &mut Conn, _r: RunId) -> crate::error::Result<Report> { Ok(Report) }
impl Report { pub fn subject(&self)->String{String::new()} pub fn text(&self)->String{String::new()} pub fn html(&self)->String{String::new()} }
