//! A new migration must be noticed, and `sqlx::migrate!` alone only notices changes to known ones.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
