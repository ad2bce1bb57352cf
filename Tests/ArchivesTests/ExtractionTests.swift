import Archives
import Domain
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `Extracting archives` {
    private static let tree = ["guide/deep/page.html", "guide/intro.md", "index.html", "notes.txt"]

    /// Extracts an archive of the corpus and gives what came out, and the folder that holds everything.
    private static func extract<Result>(
        _ name: String, with extractor: ArchiveExtractor = ArchiveExtractor(gates: GateRegistry()),
        _ body: (Swift.Result<Extraction, any Error>, String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try await ArchiveRecipe.make(name, at: folder + "/archive")
            let target = folder + "/out"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
            do {
                let extraction = try await extractor.extract(folder + "/archive", into: target)
                return try await body(.success(extraction), target)
            } catch {
                return try await body(.failure(error), target)
            }
        }
    }

    @Test(arguments: [
        ("zip-traversal", "E_TRAVERSAL"), ("zip-traversal-inner", "E_TRAVERSAL"), ("zip-absolute", "E_TRAVERSAL"),
        ("zip-drive", "E_TRAVERSAL"), ("zip-backslash-up", "E_TRAVERSAL"), ("zip-no-entries", "E_EXTRACT_CORRUPT"),
        ("zip-symlink", "E_SPECIAL_TYPE"), ("zip-fifo", "E_SPECIAL_TYPE"), ("zip-device", "E_SPECIAL_TYPE"),
        ("zip-encrypted", "E_EXTRACT_ENCRYPTED"), ("zip-bomb-entry", "E_ENTRY_RATIO"), ("zip-bomb-total", "E_BOMB_RATIO"),
        ("zip-entries", "E_ENTRY_BUDGET"), ("zip-depth", "E_DEPTH"), ("zip-segment", "E_SEGMENT_LEN"), ("zip-path", "E_PATH_LEN"),
        ("zip-case", "E_CASEFOLD_COLLISION"), ("zip-case-folder", "E_CASEFOLD_COLLISION"), ("zip-form", "E_OVERWRITE_FILE"),
        ("zip-duplicate", "E_OVERWRITE_FILE"), ("zip-file-as-folder", "E_OVERWRITE_FILE"), ("zip-truncated", "E_EXTRACT_CORRUPT"),
        ("garbage", "E_EXTRACT_CORRUPT"), ("empty", "E_EXTRACT_CORRUPT"), ("zip-crc", "E_EXTRACT_CORRUPT"),
        ("zip-shared", "E_BOMB_RATIO"), ("zip-quoted", "E_BOMB_RATIO"), ("zip-declared-huge", "E_FILE_SIZE"),
        ("zip-declared-small", "E_EXTRACT_CORRUPT"), ("zip-declared-large", "E_EXTRACT_CORRUPT"), ("zip-nul", "E_PORTABILITY"),
        ("zip-reserved", "E_PORTABILITY"), ("zip-control", "E_PORTABILITY"), ("zip-dot-end", "E_PORTABILITY"),
        ("zip-latin", "E_PORTABILITY"), ("zip-bidi", "E_PORTABILITY"),
    ])
    func `a hostile zip is refused with its code and leaves nothing`(name: String, code: String) async throws {
        try await Self.expectRefusal(name, code)
    }

    @Test(arguments: [
        ("tar-traversal", "E_TRAVERSAL"), ("tar-absolute", "E_TRAVERSAL"), ("tar-hidden-traversal", "E_TRAVERSAL"),
        ("tar-symlink", "E_SPECIAL_TYPE"), ("tar-through-symlink", "E_SPECIAL_TYPE"), ("tar-hardlink", "E_SPECIAL_TYPE"),
        ("tar-device", "E_SPECIAL_TYPE"), ("tar-disk", "E_SPECIAL_TYPE"), ("tar-fifo", "E_SPECIAL_TYPE"), ("tar-sparse", "E_SPECIAL_TYPE"),
        ("tar-truncated", "E_EXTRACT_CORRUPT"), ("tar-gz-truncated", "E_EXTRACT_CORRUPT"), ("tar-bomb", "E_ENTRY_RATIO"),
        ("tar-bomb-xz", "E_ENTRY_RATIO"), ("tar-bomb-total", "E_BOMB_RATIO"), ("tar-twice", "E_EXTRACT_CORRUPT"),
        ("tar-duplicate", "E_OVERWRITE_FILE"), ("tar-depth", "E_DEPTH"),
    ])
    func `a hostile tar is refused with its code and leaves nothing`(name: String, code: String) async throws {
        try await Self.expectRefusal(name, code)
    }

    private static func expectRefusal(_ name: String, _ code: String) async throws {
        try await extract(name) { result, folder in
            let fault = #expect(throws: Fault.self) { try result.get() }
            #expect(fault?.code == code)
            #expect(fault?.field == "archive")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: [
        "zip", "zip-stored", "zip-behind-program", "tar", "tar-dot", "tar-gz", "tar-bz2", "tar-xz", "tar-zst",
    ])
    func `an ordinary archive comes out with all its files`(name: String) async throws {
        try await Self.extract(name) { result, folder in
            let extraction = try result.get()
            #expect(extraction.files.map(\.path.description).sorted() == Self.tree)
            #expect(extraction.folder == folder + "/" + extraction.digest)
            for file in extraction.files {
                let content = try #require(FileManager.default.contents(atPath: extraction.folder + "/" + file.path.description))
                #expect(Int64(content.count) == file.bytes)
            }
            let text = FileManager.default.contents(atPath: extraction.folder + "/guide/intro.md").map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(text == "# Intro\n")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names == [extraction.digest])
        }
    }

    @Test(arguments: [
        ("zip64", ["a.html"]), ("zip-streamed", ["a.html"]), ("zip-folders", ["guide/a.html"]), ("zip-names", ["日本/café ?.html"]),
        ("zip-backslash", ["a/b.html"]), ("tar-gnu", [String(repeating: "x", count: 130) + "/a.html"]),
        ("zip-deepest", [String(repeating: "d/", count: 31) + "a.html"]),
    ])
    func `unusual archives that do no harm come out too`(name: String, files: [String]) async throws {
        try await Self.extract(name) { result, _ in
            let extraction = try result.get()
            #expect(extraction.files.map(\.path.description) == files)
        }
    }

    /// 2^63 - 1 bytes from its start are more than an integer can count.
    @Test func `an entry that claims more bytes than can be counted is refused`() async throws {
        try await Self.extract("zip64-endless") { result, _ in
            let fault = #expect(throws: Fault.self) { _ = try result.get() }
            #expect(fault?.isTransient == false)
        }
    }

    @Test(arguments: ["zip-dense", "zip-large", "zip-large-stored", "tar-large", "tar-large-plain"])
    func `files may be dense or large as long as the whole is not both`(name: String) async throws {
        try await Self.extract(name) { result, _ in
            let extraction = try result.get()
            #expect(extraction.files.count == 2)
        }
    }

    @Test func `hidden files are left out and named`() async throws {
        try await Self.extract("zip-hidden") { result, _ in
            let extraction = try result.get()
            #expect(extraction.files.map(\.path.description) == ["html/index.html"])
            #expect(extraction.hidden == [".buildinfo", "html/.nojekyll", "html/.git/config"])
        }
    }

    @Test func `the audit record tells what came out`() async throws {
        struct Record: Decodable {
            struct File: Decodable {
                var path: String
                var bytes: Int
                var sha256: String
            }
            var version: Int
            var archiveSHA256: String
            var entries: Int
            var files: [File]
        }
        try await Self.extract("zip") { result, _ in
            let extraction = try result.get()
            let data = try #require(FileManager.default.contents(atPath: extraction.folder + "/.extract.audit.json"))
            let record = try JSONDecoder().decode(Record.self, from: data)
            #expect(record.version == 1)
            #expect(record.archiveSHA256 == extraction.digest)
            #expect(record.entries == 4)
            let intro = try #require(record.files.first { $0.path == "guide/intro.md" })
            #expect(intro.bytes == 8)
            #expect(intro.sha256 == "2a8a06bbb4a42eee60f35e2c6eacb1c3bbe0f8748817d1547a59692784b53c33")
        }
    }

    @Test func `every entry passes both gates in both walks`() async throws {
        let gates = GateRegistry()
        try await Self.extract("zip", with: ArchiveExtractor(gates: gates)) { result, _ in
            _ = try result.get()
            // Path and set of paths, for 4 entries in 2 walks.
            #expect(gates.snapshot[.filesystem]?.passes == 16)
            // Header and content.
            #expect(gates.snapshot[.extraction]?.passes == 16)
        }
    }

    @Test func `the same archive twice in one folder is refused, and the first stays`() async throws {
        let extractor = ArchiveExtractor(gates: GateRegistry())
        try await withTemporaryDirectory { folder in
            try await ArchiveRecipe.make("zip", at: folder + "/archive")
            let first = try await extractor.extract(folder + "/archive", into: folder)
            let fault = await #expect(throws: Fault.self) { try await extractor.extract(folder + "/archive", into: folder) }
            #expect(fault?.code == "E_OVERWRITE_ROOT")
            #expect(FileManager.default.fileExists(atPath: first.folder + "/index.html"))
        }
    }

    @Test func `an archive that outlasts the wall time is refused`() async throws {
        let start = ContinuousClock.now
        let asked = Locked(0)
        let extractor = ArchiveExtractor(
            gates: GateRegistry(),
            now: {
                asked.withLock {
                    $0 += 1
                    return start + .seconds($0)
                }
            })
        try await Self.extract("many", with: extractor) { result, folder in
            let fault = #expect(throws: Fault.self) { try result.get() }
            #expect(fault?.code == "E_EXTRACT_TIME")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func `a disk without head-room is found out before anything is written`() async throws {
        let extractor = ArchiveExtractor(gates: GateRegistry(), freeBytes: { 900 })
        try await Self.extract("zip", with: extractor) { result, folder in
            let fault = #expect(throws: Fault.self) { try result.get() }
            #expect(fault?.code == "E_DISK_SPACE")
            #expect(fault?.isTransient == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func `a cancelled extraction leaves nothing`() async throws {
        let start = ContinuousClock.now
        let begun = Locked<CheckedContinuation<Void, Never>?>(nil)
        let gate = Locked((calls: 0, isCancelled: false))
        // The clock holds the extraction in its second walk until the task is cancelled.
        let extractor = ArchiveExtractor(
            gates: GateRegistry(),
            now: {
                let calls = gate.withLock {
                    $0.calls += 1
                    return $0.calls
                }
                if calls == 5000 {
                    begun.withLock { $0.take() }?.resume()
                    while !gate.withLock(\.isCancelled) {}
                }
                return start
            })
        try await withTemporaryDirectory { folder in
            try await ArchiveRecipe.make("many", at: folder + "/archive")
            let target = folder + "/out"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
            let task = Locked<Task<Void, any Error>?>(nil)
            await withCheckedContinuation { continuation in
                begun.withLock { $0 = continuation }
                task.withLock { $0 = Task { _ = try await extractor.extract(folder + "/archive", into: target) } }
            }
            let running = try #require(task.withLock { $0 })
            running.cancel()
            gate.withLock { $0.isCancelled = true }
            await #expect(throws: CancellationError.self) { try await running.value }
            let left = try FileManager.default.contentsOfDirectory(atPath: target)
            #expect(left.isEmpty)
        }
    }
}
