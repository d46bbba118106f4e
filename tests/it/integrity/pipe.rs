//! Whoever reads the output may go away.

use std::io::Read;
use std::process::{Command, Stdio};

#[test]
fn a_reader_who_goes_away_is_no_panic() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for arguments in [
        &["replay", "scenarios/drill.jsonl"][..],
        &["due", "--policy", "xuancheng-2016", "--clock", "response", "--from", "2026-03-02"],
        &["--help"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_huiying"))
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        // Closed before anything is written.
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("its messages").read_to_string(&mut said).expect("read");
        child.wait().expect("it ends");
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{arguments:?}: {said}");
    }
}
