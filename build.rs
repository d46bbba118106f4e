//! Makes sure that the folder which `rust-embed` reads at compile time exists (it is empty until `make dashboards`),
//! and rebuilds when the built dashboards change.

fn main() {
    let dist = std::path::Path::new("dashboards/web/dist");
    if !dist.is_dir() {
        // A read-only checkout can't have it made; rust-embed then says so itself.
        let _ = std::fs::create_dir_all(dist);
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=dashboards/web/dist");
}
