//! `tiebreak merge` and `tiebreak apply` as a script calls them: pipes, devices, exit status, what is said on stderr.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;

use tempfile::TempDir;

const BASE: &str = "{\"id\":1,\"v\":1}\n{\"id\":2,\"v\":1}\n";
const OURS: &str = "{\"id\":1,\"v\":2}\n{\"id\":2,\"v\":1}\n";
const THEIRS: &str = "{\"id\":1,\"v\":1}\n{\"id\":2,\"v\":3}\n";
const MERGED: &str = "{\"id\":1,\"v\":2}\n{\"id\":2,\"v\":3}\n";

/// A folder with three listings, in which the command runs.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("base", BASE);
        folder.write("ours", OURS);
        folder.write("theirs", THEIRS);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The command with arguments as they stand on a command line.
    fn tiebreak(&self, line: &str) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_tiebreak"));
        command.args(line.split(' '));
        command
    }

    fn run(&self, line: &str) -> Ended {
        self.tiebreak(line).output().expect("started").into()
    }

    /// The same with something on standard input, through a pipe.
    fn run_with(&self, line: &str, input: &[u8]) -> Ended {
        let mut child = self.tiebreak(line).stdin(Stdio::piped()).spawn().expect("started");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_vec();
        let writer = thread::spawn(move || stdin.write_all(&input));
        let ended = child.wait_with_output().expect("ended").into();
        // Who refuses the first bytes does not read the last ones.
        let _ = writer.join().expect("written");
        ended
    }
}

/// Exit status, stdout, stderr.
#[derive(Debug, PartialEq)]
struct Ended(i32, String, String);

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self(output.status.code().expect("an exit status"), text(output.stdout), text(output.stderr))
    }
}

fn ended(exit: i32, out: &str, err: &str) -> Ended {
    Ended(exit, out.to_owned(), err.to_owned())
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text.as_bytes()).expect("packed");
    packer.finish().expect("packed")
}

const LINES: [(&str, &str); 3] = [
    ("merge --key id --out - --base - --ours ours --theirs theirs", BASE),
    ("merge --key id --out - --base base --ours - --theirs theirs", OURS),
    ("merge --key id --out - --base base --ours ours --theirs -", THEIRS),
];

#[test]
fn each_listing_may_come_through_standard_input_plain_or_packed() {
    let folder = Folder::new();
    for (line, text) in LINES {
        assert_eq!(folder.run_with(line, text.as_bytes()), ended(0, MERGED, ""), "{line}");
        assert_eq!(folder.run_with(line, &packed(text)), ended(0, MERGED, ""), "{line}");
        let turned: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
        assert_eq!(folder.run_with(line, turned.as_bytes()), ended(0, MERGED, ""), "{line}, unsorted");
    }
    assert_eq!(folder.names(), ["base", "ours", "theirs"]);
}

#[test]
fn x01_what_is_wrong_on_standard_input_is_said_of_standard_input() {
    let folder = Folder::new();
    let whole = packed(BASE);
    for (line, text) in LINES {
        let said = "tiebreak: standard input:3: unexpected end of text (at byte 7)\n";
        assert_eq!(folder.run_with(line, format!("{text}{{\"id\":\n").as_bytes()), ended(2, "", said));
        let said = "tiebreak: standard input:0: the gzip data is cut off\n";
        assert_eq!(folder.run_with(line, &whole[..whole.len() - 1]), ended(2, "", said));
    }
}

#[test]
fn decisions_go_from_one_command_to_the_next_through_a_pipe() {
    let folder = Folder::new();
    let Ended(exit, decisions, err) =
        folder.run("merge --key id --base base --ours ours --theirs theirs --decisions -");
    assert_eq!((exit, err.as_str(), decisions.lines().count()), (0, "", 2));
    let line = "apply --key id --base base --decisions - --out -";
    assert_eq!(folder.run_with(line, decisions.as_bytes()), ended(0, MERGED, ""));
    let said = "tiebreak: standard input:1: `key` must be an object\n";
    assert_eq!(folder.run_with(line, b"{}\n"), ended(2, "", said));
}

#[cfg(unix)]
#[test]
fn listings_may_come_through_pipes_and_results_may_go_into_them() {
    let folder = Folder::new();
    for pipe in ["b", "o", "t", "m"] {
        assert!(folder.command("mkfifo").arg(pipe).status().expect("started").success());
    }
    let writers = [("b", BASE), ("o", OURS), ("t", THEIRS)].map(|(pipe, text)| {
        let path = folder.path(pipe);
        thread::spawn(move || fs::write(path, text))
    });
    let path = folder.path("m");
    let reader = thread::spawn(move || fs::read_to_string(path));
    let line = "merge --key id --base b --ours o --theirs t --out m --conflicts c";
    assert_eq!(folder.run(line), ended(0, "", ""));
    for writer in writers {
        writer.join().expect("ended").expect("written");
    }
    assert_eq!(reader.join().expect("ended").expect("read"), MERGED);
    assert_eq!((folder.read("c").as_str(), folder.names().len()), ("", 8), "the pipe is still one");
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_read_by_one_only_whatever_it_is_called() {
    let folder = Folder::new();
    for (base, ours) in [("/dev/stdin", "/dev/stdin"), ("-", "/dev/stdin"), ("/dev/stdin", "/proc/self/fd/0")]
    {
        let line = format!("merge --key id --out m --base {base} --ours {ours} --theirs theirs");
        let said =
            format!("tiebreak: --base and --ours cannot both be the pipe {ours}: it can be read once\n");
        assert_eq!(folder.run_with(&line, BASE.as_bytes()), ended(2, "", &said));
    }
    let line = "merge --key id --out - --base /dev/stdin --ours ours --theirs theirs";
    assert_eq!(folder.run_with(line, BASE.as_bytes()), ended(0, MERGED, ""));
}

#[test]
fn x01_the_exit_status_says_how_it_went_and_stderr_has_nothing_but_errors() {
    let folder = Folder::new();
    let line = "merge --key id --base base --ours ours --theirs theirs --out m";
    assert_eq!(folder.run(line), ended(0, "", ""));
    folder.write("theirs", &THEIRS.replace("{\"id\":1,\"v\":1}", "{\"id\":1,\"v\":9}"));
    assert_eq!(folder.run(line), ended(1, "", ""));
    folder.write("theirs", "{\"id\":1}\n{\"id\":2}\n\n{\"id\":3}}\n");
    folder.write("m", "as before");
    let said = "tiebreak: theirs:4: unexpected text after the value (at byte 8)\n";
    assert_eq!(folder.run(line), ended(2, "", said));
    assert_eq!(folder.read("m"), "as before");
    assert_eq!(folder.names(), ["base", "m", "ours", "theirs"]);
}

#[test]
fn x01_a_wrong_argument_is_one_line_that_says_what_would_be_right() {
    let folder = Folder::new();
    let all = "merge --base base --ours ours --theirs theirs";
    for (line, said) in [
        (all, "the following required arguments were not provided: --key <FIELD,…>"),
        (
            "merge --base base --key id",
            "the following required arguments were not provided: --ours <FILE>, --theirs <FILE>",
        ),
        ("merge --bass base", "unexpected argument '--bass' found (a similar argument exists: '--base')"),
        (
            &format!("{all} --key id --format xml"),
            "invalid value 'xml' for '--format <FORMAT>' [possible values: ndjson, json, csv]",
        ),
        (&format!("{all} --key id,"), "--key names each key field once, none of them empty"),
        (
            "merge --key id --base - --ours ours --theirs -",
            "--base and --theirs cannot both be `-`: standard input can be read once",
        ),
        (
            "apply --key id --base - --decisions - --out -",
            "--base and --decisions cannot both be `-`: standard input can be read once",
        ),
        (
            &format!("{all} --key id --out x --conflicts ./x"),
            "--out and --conflicts would both be written to ./x",
        ),
        (
            &format!("{all} --key id --out ours"),
            "--out would be written over ours, the input of --ours; write it elsewhere and move it there afterwards",
        ),
        (
            &format!("{all} --key id --out m.gz"),
            "--out: m.gz ends in .gz, but outputs are not packed; leave the ending out, or write to `-` and pipe it through gzip",
        ),
        (&format!("{all}x --key id"), "theirsx:0: No such file or directory (os error 2)"),
    ] {
        assert_eq!(folder.run(line), ended(2, "", &format!("tiebreak: {said}\n")), "{line}");
    }
    assert_eq!(folder.names(), ["base", "ours", "theirs"]);
}

#[test]
fn the_help_says_what_a_stranger_needs() {
    let folder = Folder::new();
    for command in ["merge", "apply"] {
        let Ended(exit, help, err) = folder.run(&format!("{command} --help"));
        assert_eq!((exit, err.as_str()), (0, ""));
        for wanted in [
            "ndjson, json or csv",
            "gzip",
            "`-` is standard input",
            "Exit status:\n  0  ",
            "\n  2  ",
            "Example:\n  tiebreak ",
        ] {
            assert!(
                help.replace("\n", " ").contains(&wanted.replace('\n', " ")),
                "{command}: {wanted} in {help}"
            );
        }
    }
}

#[test]
fn x10_figures_go_where_the_records_do_not() {
    let folder = Folder::new();
    let line = "merge --key id --base base --ours ours --theirs theirs --summary json --out";
    let Ended(exit, out, err) = folder.run(&format!("{line} m"));
    assert!(exit == 0 && out.starts_with("{\"records\":2,") && out.lines().count() == 1, "{out}");
    assert_eq!(err, "");
    assert_eq!(folder.run(&format!("{line} -")), ended(0, MERGED, &out));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    let line = "merge --key id --base base --ours - --theirs theirs --out - --summary json";
    let mut child = folder.tiebreak(line).stdin(Stdio::piped()).spawn().expect("started");
    // Nothing is written before ours is complete; by then nobody reads any more.
    drop(child.stdout.take());
    child.stdin.take().expect("a pipe").write_all(OURS.as_bytes()).expect("written");
    let ended = Ended::from(child.wait_with_output().expect("ended"));
    assert_eq!(ended.0, 0, "{}", ended.2);
}

#[cfg(target_os = "linux")]
#[test]
fn x01_a_device_that_is_full_is_an_error_and_no_other_output_appears() {
    let folder = Folder::new();
    folder.write("c", "as before");
    let said = "tiebreak: /dev/full:0: No space left on device (os error 28)\n";
    let line =
        "merge --key id --base base --ours ours --theirs theirs --out /dev/full --conflicts c --decisions d";
    assert_eq!(folder.run(line), ended(2, "", said));
    assert_eq!(folder.read("c"), "as before");
    assert_eq!(folder.names(), ["base", "c", "ours", "theirs"]);
    let line =
        "merge --key id --base base --ours ours --theirs theirs --conflicts /dev/null --decisions /dev/null";
    assert_eq!(folder.run(line), ended(0, "", ""), "what nobody wants may all go to one place");
}

#[cfg(target_os = "linux")]
#[test]
fn x01_a_disk_that_fills_up_is_an_error_and_nothing_appears() {
    let folder = Folder::new();
    let many: String = (0..2000).map(|id| format!("{{\"id\":{id},\"v\":\"{id:0100}\"}}\n")).collect();
    folder.write("ours", &many);
    folder.write("theirs", &many);
    folder.write("m", "as before");
    let limited = |limit: usize, line: &str| -> Ended {
        // A file that would grow past the limit is refused as on a full disk.
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" {line}");
        let mut command = folder.command("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_tiebreak")]);
        command.output().expect("started").into()
    };
    let line = "merge --key id --base base --ours ours --theirs theirs --out m";
    assert_eq!(limited(100, line), ended(2, "", "tiebreak: m:0: File too large (os error 27)\n"));
    assert_eq!(folder.read("m"), "as before");
    assert_eq!(folder.names(), ["base", "m", "ours", "theirs"]);
    assert_eq!(limited(100_000, line).0, 0);
}

#[cfg(unix)]
#[test]
fn x01_a_merge_that_is_interrupted_leaves_nothing_behind() {
    let folder = Folder::new();
    let many: String = (0..300_000).map(|id| format!("{{\"id\":{id},\"v\":\"{id:0100}\"}}\n")).collect();
    folder.write("ours", &many);
    folder.write("theirs", &many);
    folder.write("m", "as before");
    let line = "merge --key id --base base --ours ours --theirs theirs --out m --conflicts c";
    for signal in ["INT", "TERM"] {
        let mut child = folder.tiebreak(line).spawn().expect("started");
        while folder.names().iter().filter(|name| name.starts_with(".tiebreak-")).count() < 2 {
            assert_eq!(child.try_wait().expect("asked"), None, "it is at work");
            thread::sleep(std::time::Duration::from_millis(1));
        }
        let told = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(told.expect("started").success());
        assert_eq!(child.wait().expect("ended").code(), Some(130), "{signal}");
        assert_eq!(folder.names(), ["base", "m", "ours", "theirs"], "{signal}");
        assert_eq!(folder.read("m"), "as before");
    }
}

#[cfg(unix)]
#[test]
fn copies_of_what_comes_through_pipes_have_no_name_and_need_a_place() {
    let folder = Folder::new();
    fs::create_dir(folder.path("temporary")).expect("a folder");
    let run = |temporary: &str, out: &str| -> Ended {
        let line = format!("merge --key id --base base --ours ours --theirs - --out {out}");
        let mut command = folder.tiebreak(&line);
        let stdin = fs::File::open(folder.path("theirs")).expect("opened");
        command.env("TMPDIR", temporary).stdin(stdin).output().expect("started").into()
    };
    assert_eq!(run("temporary", "m"), ended(0, "", ""));
    assert_eq!(fs::read_dir(folder.path("temporary")).expect("a folder").count(), 0);
    let Ended(exit, out, err) = run("nowhere", "m");
    assert_eq!((exit, out.as_str()), (2, ""));
    let said = "tiebreak: standard input:0: cannot be copied to a temporary file in nowhere: No such file";
    assert!(err.starts_with(said), "{err}");
}

#[test]
fn x14_the_same_files_give_the_same_bytes_every_time() {
    let folder = Folder::new();
    let many = |salt: u32| -> String {
        (0..3000_u32)
            .rev()
            .map(|id| format!("{{\"id\":{id},\"v\":{},\"w\":\"{}\"}}\n", id % salt, id / salt))
            .collect()
    };
    for (name, salt) in [("base", 7), ("ours", 5), ("theirs", 3)] {
        folder.write(name, &many(salt));
    }
    let outputs = |run: u32| {
        let line = "merge --key id --base base --ours ours --theirs theirs";
        let ended =
            folder.run(&format!("{line} --out m{run} --conflicts c{run} --decisions d{run} --summary json"));
        assert_eq!((ended.0, ended.2.as_str()), (1, ""));
        (
            folder.read(&format!("m{run}")),
            folder.read(&format!("c{run}")),
            folder.read(&format!("d{run}")),
            ended.1,
        )
    };
    assert!(outputs(1) == outputs(2));
}
