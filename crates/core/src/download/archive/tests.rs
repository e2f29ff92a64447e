use std::io::{Read, Seek, SeekFrom, Write};
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::file::hostile::HOSTILE_NAMES;

const GIB: u64 = 1 << 30;
const FOUR_GIB: u64 = 4 * GIB;

fn file(path: &str, content: &[u8]) -> ArchiveFile {
    ArchiveFile {
        path: path.to_owned(),
        size_bytes: size(content.len()),
        crc32: crc32fast::hash(content),
        sha256: Sha256::digest(content).into(),
        modified_at: "2026-11-22T14:03:07Z".parse().unwrap(),
    }
}

/// A file that exists only as numbers.
fn imagined(path: &str, size_bytes: u64) -> ArchiveFile {
    ArchiveFile { size_bytes, ..file(path, b"") }
}

fn layout(files: &[ArchiveFile]) -> ArchiveLayout {
    ArchiveLayout::new(files).unwrap()
}

/// The bytes of `range` with the files' contents put in.
fn bytes_of(layout: &ArchiveLayout, contents: &[Vec<u8>], range: Range<u64>) -> Vec<u8> {
    layout
        .pieces(range)
        .flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.to_vec(),
            Piece::File { index, range } => {
                contents[index][usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()].to_vec()
            }
        })
        .collect()
}

/// An archive of files with these paths and contents, complete.
fn archive_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let contents: Vec<Vec<u8>> = files.iter().map(|(_, content)| content.to_vec()).collect();
    let files: Vec<ArchiveFile> = files.iter().map(|(path, content)| file(path, content)).collect();
    let layout = layout(&files);
    let bytes = bytes_of(&layout, &contents, 0..u64::MAX);
    assert_eq!(size(bytes.len()), layout.len());
    bytes
}

/// Only what an archive says besides its files, for sizes no test can hold.
fn headers_of(layout: &ArchiveLayout, range: Range<u64>) -> Vec<u8> {
    layout
        .pieces(range)
        .flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.to_vec(),
            Piece::File { .. } => Vec::new(),
        })
        .collect()
}

/// Runs a Python script, which reads the archive at `sys.argv[1]`, and returns what it prints.
fn python(script: &str, archive: &std::path::Path) -> String {
    let done = Command::new("python3").arg("-c").arg(script).arg(archive).output().expect("python3 is installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn names_of(paths: &[&str]) -> Vec<String> {
    let layout = layout(&paths.iter().map(|path| file(path, b"")).collect::<Vec<_>>());
    (0..paths.len()).map(|index| layout.entry_name(index).unwrap().to_owned()).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap())
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

#[test]
fn an_archive_of_one_file_is_pinned_byte_for_byte() {
    let bytes = archive_of(&[("é.txt", b"hi")]);
    let local = "504b0304 0a00 0008 0000 6370 765d ac2a93d8 02000000 02000000 0600 0900 c3a92e747874 5554 0500 01 ";
    let central = "504b0102 2d03 0a00 0008 0000 6370 765d ac2a93d8 02000000 02000000 0600 0900 0000 0000 0000 0000a481 \
                   00000000 c3a92e747874 5554 0500 01 ";
    let hex_of = |text: &str| text.replace(' ', "");
    let time = hex::encode(1_795_356_187_i32.to_le_bytes());
    let expected = format!(
        "{}{time}6869{}{time}{}",
        hex_of(local),
        hex_of(central),
        hex_of("504b0506 0000 0000 0100 0100 3d000000 2f000000 0000")
    );
    assert_eq!(hex::encode(bytes), expected);
}

#[test]
fn an_archive_without_files_is_an_end_record() {
    let layout = layout(&[]);
    assert_eq!(layout.len(), 22);
    assert_eq!(bytes_of(&layout, &[], 0..22)[..4], *b"PK\x05\x06");
    assert_eq!(layout.first_piece(22..23), None);
}

#[test]
fn python_reads_every_file_name_size_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.zip");
    let big = vec![7_u8; 300_000];
    let bytes = archive_of(&[("a/b/c.txt", b"one"), ("empty", b""), ("日本.bin", &big), ("../x", b"y")]);
    std::fs::write(&archive, bytes).unwrap();
    let script = "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
for i in z.infolist(): print(i.filename, i.file_size, i.date_time, i.flag_bits & 8, oct(i.external_attr >> 16))";
    let expected = "a/b/c.txt 3 (2026, 11, 22, 14, 3, 6) 0 0o100644
empty 0 (2026, 11, 22, 14, 3, 6) 0 0o100644
日本.bin 300000 (2026, 11, 22, 14, 3, 6) 0 0o100644
__/x 1 (2026, 11, 22, 14, 3, 6) 0 0o100644";
    assert_eq!(python(script, &archive), expected);
}

#[test]
fn python_unpacks_an_archive_of_all_hostile_names_without_losing_one() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("hostile.zip");
    let contents: Vec<String> = (0..HOSTILE_NAMES.len()).map(|n| n.to_string()).collect();
    let files: Vec<(&str, &[u8])> = HOSTILE_NAMES.iter().copied().zip(contents.iter().map(String::as_bytes)).collect();
    std::fs::write(&archive, archive_of(&files)).unwrap();
    let script = "import sys,zipfile,os,tempfile
z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
with tempfile.TemporaryDirectory() as top:
    inside=os.path.join(top,'in'); z.extractall(inside)
    assert os.listdir(top)==['in']
    print(sorted(int(open(os.path.join(d,f)).read()) for d,_,fs in os.walk(inside) for f in fs)==list(range(len(z.namelist()))))";
    assert_eq!(python(script, &archive), "True");
}

#[test]
fn python_reads_what_lies_behind_four_gigabytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zip");
    let small = b"behind";
    let files = [imagined("large.bin", FOUR_GIB + 5), file("small.txt", small)];
    let layout = layout(&files);
    // Holes in a sparse file stand for the large file's zeros.
    let mut archive = std::fs::File::create(&path).unwrap();
    let mut at = 0;
    for piece in layout.pieces(0..layout.len()) {
        archive.seek(SeekFrom::Start(at)).unwrap();
        match &piece {
            Piece::Bytes(bytes) => archive.write_all(bytes).unwrap(),
            Piece::File { index: 1, .. } => archive.write_all(small).unwrap(),
            Piece::File { .. } => {}
        }
        at += piece.len();
    }
    assert_eq!(at, layout.len());
    let script = "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1])
print([(i.filename, i.file_size, i.compress_size, i.header_offset) for i in z.infolist()], z.read('small.txt'))
print(len(z.open('large.bin').read(10)))";
    let expected = format!(
        "[('large.bin', {0}, {0}, 0), ('small.txt', 6, 6, {1})] b'behind'\n10",
        FOUR_GIB + 5,
        layout.file_range(0).unwrap().end
    );
    assert_eq!(python(script, &path), expected);
    let mut read_back = vec![0; small.len()];
    let mut archive = std::fs::File::open(&path).unwrap();
    archive.seek(SeekFrom::Start(layout.file_range(1).unwrap().start)).unwrap();
    archive.read_exact(&mut read_back).unwrap();
    assert_eq!(read_back, small);
}

#[test]
fn a_file_gets_zip64_fields_from_four_gigabytes_less_one_byte() {
    for (size_bytes, large) in [(FOUR_GIB - 2, false), (FOUR_GIB - 1, true), (FOUR_GIB, true)] {
        let layout = layout(&[imagined("a", size_bytes)]);
        let local = headers_of(&layout, 0..layout.file_range(0).unwrap().start);
        assert_eq!(u16_at(&local, 4), if large { 45 } else { 10 }, "version at {size_bytes}");
        assert_eq!(u16_at(&local, 28), if large { 29 } else { 9 }, "extra fields at {size_bytes}");
        assert_eq!(u64::from(u32_at(&local, 18)), if large { 0xffff_ffff } else { size_bytes });
        if large {
            assert_eq!((u16_at(&local, 40), u16_at(&local, 42)), (1, 16));
            assert_eq!((u64_at(&local, 44), u64_at(&local, 52)), (size_bytes, size_bytes));
        }
        let directory = headers_of(&layout, layout.file_range(0).unwrap().end..layout.len());
        assert_eq!(u16_at(&directory, 6), if large { 45 } else { 10 });
        assert_eq!(u16_at(&directory, 30), if large { 29 } else { 9 });
        // The directory starts behind the file: beyond the limit even if the file is one byte below it.
        assert!(directory.windows(4).any(|at| at == b"PK\x06\x06"));
    }
}

#[test]
fn an_entry_gets_a_zip64_offset_from_four_gigabytes_less_one_byte() {
    // The first file fills up to the wanted offset of the second.
    let header = layout(&[imagined("a", 0)]).file_range(0).unwrap().start;
    for (offset, far) in [(FOUR_GIB - 2, false), (FOUR_GIB - 1, true)] {
        let layout = layout(&[imagined("a", offset - header), imagined("b", 1)]);
        assert_eq!(layout.file_range(0).unwrap().end, offset);
        let local = headers_of(&layout, offset..layout.file_range(1).unwrap().start);
        assert_eq!((u16_at(&local, 4), u16_at(&local, 28)), (10, 9), "a far entry's local header has no ZIP64 field");
        let directory = headers_of(&layout, layout.file_range(1).unwrap().end..layout.len());
        let second = 46 + 1 + 9;
        assert_eq!(u16_at(&directory, second + 30), if far { 9 + 12 } else { 9 });
        assert_eq!(u64::from(u32_at(&directory, second + 42)), if far { 0xffff_ffff } else { offset });
        if far {
            assert_eq!((u16_at(&directory, second + 56), u16_at(&directory, second + 58)), (1, 8));
            assert_eq!(u64_at(&directory, second + 60), offset);
        }
    }
}

#[test]
fn the_end_gets_zip64_records_where_the_directory_starts_at_four_gigabytes_less_one_byte() {
    let header = layout(&[imagined("a", 0)]).file_range(0).unwrap().start;
    for (start, far) in [(FOUR_GIB - 2, false), (FOUR_GIB - 1, true)] {
        let layout = layout(&[imagined("a", start - header)]);
        let tail = headers_of(&layout, start..layout.len());
        assert_eq!(tail.windows(4).any(|at| at == b"PK\x06\x06"), far);
        assert_eq!(u64::from(u32_at(&tail, tail.len() - 6)), if far { 0xffff_ffff } else { start });
    }
}

#[test]
fn the_end_gets_zip64_records_from_65535_entries() {
    let folder = tempfile::tempdir().unwrap();
    for (count, large) in [(65_534, false), (65_535, true)] {
        let files: Vec<ArchiveFile> = (0..count).map(|n| imagined(&format!("f{n}"), 0)).collect();
        let layout = layout(&files);
        let bytes = bytes_of(&layout, &[], 0..layout.len());
        assert_eq!(size(bytes.len()), layout.len());
        assert_eq!(bytes.windows(4).any(|at| at == b"PK\x06\x06"), large, "{count} entries");
        let archive = folder.path().join(format!("{count}.zip"));
        std::fs::write(&archive, bytes).unwrap();
        let script = "import sys,zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))";
        assert_eq!(python(script, &archive), count.to_string());
    }
}

#[test]
fn an_archive_longer_than_lengths_can_say_is_refused() {
    assert!(ArchiveLayout::new(&[imagined("a", u64::MAX)]).is_err());
    assert!(ArchiveLayout::new(&[imagined("a", u64::MAX / 2), imagined("b", u64::MAX / 2)]).is_err());
    assert!(ArchiveLayout::new(&[imagined("a", ARCHIVE_BYTES_MAX - 100)]).is_err());
    assert!(ArchiveLayout::new(&[imagined("a", ARCHIVE_BYTES_MAX - 1_000)]).is_ok());
}

#[test]
fn names_that_collide_on_some_system_are_numbered() {
    assert_eq!(names_of(&["scan.pdf", "SCAN.pdf", "scan.PDF"]), ["scan.pdf", "SCAN (2).pdf", "scan (3).PDF"]);
    assert_eq!(names_of(&["caf\u{e9}", "cafe\u{301}"]), ["caf\u{e9}", "caf\u{e9} (2)"]);
    assert_eq!(names_of(&["a:b", "a?b", "a_b"]), ["a_b", "a_b (2)", "a_b (3)"]);
    assert_eq!(names_of(&["d/x", "D/X"]), ["d/x", "D/X (2)"]);
}

#[test]
fn a_number_never_takes_the_name_of_another_file() {
    assert_eq!(names_of(&["a.txt", "a.txt", "a (2).txt"]), ["a.txt", "a (3).txt", "a (2).txt"]);
}

#[test]
fn a_file_called_like_a_folder_is_numbered() {
    assert_eq!(names_of(&["a", "A/b/c", "a/B"]), ["a (2)", "A/b/c", "a/B (2)"]);
    assert_eq!(names_of(&["x/a (2)/y", "x/a", "x/a/b"]), ["x/a (2)/y", "x/a (3)", "x/a/b"]);
}

#[test]
fn ten_thousand_files_of_one_name_get_names_of_their_own() {
    let long = "n".repeat(250);
    let paths: Vec<String> =
        (0..10_000).map(|n| if n % 2 == 0 { "scan.pdf".to_owned() } else { format!("{long}{n:05}") }).collect();
    let names = names_of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let keys: HashSet<String> = names.iter().map(|name| path_key(name)).collect();
    assert_eq!(keys.len(), 10_000);
}

#[test]
fn times_outside_the_formats_range_are_clamped() {
    let at = |text: &str| {
        let files = [ArchiveFile { modified_at: text.parse().unwrap(), ..file("a", b"") }];
        let local = headers_of(&layout(&files), 0..30);
        (u16_at(&local, 12), u16_at(&local, 10), u16_at(&local, 28))
    };
    assert_eq!(at("1970-01-01T00:00:00Z"), (1 << 5 | 1, 0, 9));
    assert_eq!(at("1980-01-01T00:00:02Z"), (1 << 5 | 1, 1, 9));
    assert_eq!(at("2038-01-19T03:14:07Z").2, 9, "the last second of the extra field");
    assert_eq!(at("2038-01-19T03:14:08Z").2, 0, "without the extra field from then on");
    assert_eq!(at("2107-12-31T23:59:59Z"), (0xff9f, 0xbf7d, 0));
    assert_eq!(at("2108-01-01T00:00:00Z"), (0xff9f, 0xbf7d, 0));
}

#[test]
fn the_entity_tag_changes_with_everything_that_changes_bytes_and_with_nothing_else() {
    let base = || vec![file("a", b"1"), file("b", b"2")];
    let tag = |files: &[ArchiveFile]| layout(files).etag().to_owned();
    let original = tag(&base());
    assert_eq!(original, tag(&base()));
    assert!(original.starts_with('"') && original.ends_with('"') && original.len() == 66);
    let changes: [fn(&mut Vec<ArchiveFile>); 7] = [
        |files| files[0].path = "c".to_owned(),
        |files| files[0].sha256[31] ^= 1,
        |files| files[0].crc32 ^= 1,
        |files| files[0].size_bytes += 1,
        |files| files[0].modified_at += jiff::SignedDuration::from_secs(1),
        |files| files.swap(0, 1),
        |files| drop(files.pop()),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut files = base();
        change(&mut files);
        assert_ne!(tag(&files), original, "change {number}");
    }
}

#[test]
fn no_piece_of_a_large_directory_is_large() {
    let files: Vec<ArchiveFile> = (0..10_000).map(|n| imagined(&format!("folder/{n}"), 1)).collect();
    let layout = layout(&files);
    let directory = layout.file_range(9_999).unwrap().end..layout.len();
    let pieces: Vec<Piece> = layout.pieces(directory).collect();
    assert!(pieces.len() < 20, "{} pieces", pieces.len());
    assert!(pieces.iter().all(|piece| piece.len() < 70_000));
}

fn small_files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    prop::collection::vec(("[a-c/.é]{0,6}", prop::collection::vec(any::<u8>(), 0..20)), 0..12)
}

proptest! {
    #[test]
    fn the_pieces_of_any_split_make_up_the_whole(files in small_files(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let contents: Vec<Vec<u8>> = files.iter().map(|(_, content)| content.clone()).collect();
        let files: Vec<ArchiveFile> = files.iter().map(|(path, content)| file(path, content)).collect();
        let layout = layout(&files);
        let whole = bytes_of(&layout, &contents, 0..layout.len());
        prop_assert_eq!(size(whole.len()), layout.len());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            let range = size(pair[0])..size(pair[1]);
            prop_assert!(layout.pieces(range.clone()).all(|piece| piece.len() > 0));
            prop_assert_eq!(bytes_of(&layout, &contents, range), &whole[pair[0]..pair[1]]);
        }
        for (index, content) in contents.iter().enumerate() {
            let range = layout.file_range(index).unwrap();
            prop_assert_eq!(&bytes_of(&layout, &contents, range), content);
        }
    }

    #[test]
    fn every_entry_has_a_safe_name_of_its_own(paths in prop::collection::vec("([aAé. ]{1,3}/){0,2}[aAé. (2)]{1,5}(\\.txt)?", 0..40)) {
        let names = names_of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let keys: HashSet<String> = names.iter().map(|name| path_key(name)).collect();
        prop_assert_eq!(keys.len(), names.len());
        for name in &names {
            prop_assert_eq!(&archive_entry_name(name), name);
            prop_assert!(!keys.iter().any(|key| key.starts_with(&format!("{}/", path_key(name)))), "{} is also a folder", name);
        }
    }

    #[test]
    fn any_sizes_give_consecutive_pieces_or_a_refusal(sizes in prop::collection::vec(prop_oneof![any::<u64>(), 0..FOUR_GIB * 2, 0..3_u64], 0..6)) {
        let files: Vec<ArchiveFile> = sizes.iter().map(|bytes| imagined("same", *bytes)).collect();
        let fits = sizes.iter().map(|bytes| u128::from(*bytes)).sum::<u128>() + 2_000 < u128::from(ARCHIVE_BYTES_MAX);
        let Ok(layout) = ArchiveLayout::new(&files) else {
            prop_assert!(!fits);
            return Ok(());
        };
        let total: u64 = layout.pieces(0..u64::MAX).map(|piece| piece.len()).sum();
        prop_assert_eq!(total, layout.len());
    }
}
