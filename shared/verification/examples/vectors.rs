//! Judges files of test vectors: `cargo run -q --release -p verification --example vectors -- PATH …`, each a file
//! or a folder of them. Prints a line a file, each failure, and the sums; fails if any vector does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[path = "../tests/all/common/mod.rs"]
mod common;

fn main() -> ExitCode {
    let mut files = Vec::new();
    for path in std::env::args_os().skip(1) {
        if let Err(error) = collect(Path::new(&path), &mut files) {
            eprintln!("{}: {error}", Path::new(&path).display());
            return ExitCode::FAILURE;
        }
    }
    if files.is_empty() {
        eprintln!("usage: vectors PATH …  (files or folders of test vectors)");
        return ExitCode::FAILURE;
    }
    let (mut passed, mut failed) = (0, 0);
    for path in files {
        let name = path.file_stem().unwrap_or_default().display();
        let file: common::File = match fs::read(&path).map(|bytes| serde_json::from_slice(&bytes)) {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => {
                println!("{name}: not a file of vectors: {error}");
                failed += 1;
                continue;
            }
            Err(error) => {
                println!("{name}: {error}");
                failed += 1;
                continue;
            }
        };
        let failures: Vec<String> = file.vectors.iter().filter_map(|vector| vector.judge().err()).collect();
        println!("{name}: {} passed, {} failed", file.vectors.len() - failures.len(), failures.len());
        for failure in &failures {
            println!("  {failure}");
        }
        passed += file.vectors.len() - failures.len();
        failed += failures.len();
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Adds the file, or the `.json` files of the folder in order.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        fs::metadata(path)?;
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if entry.extension().is_some_and(|e| e == "json") {
            files.push(entry);
        }
    }
    Ok(())
}
