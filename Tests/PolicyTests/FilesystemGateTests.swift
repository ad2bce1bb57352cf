import Policy
import Testing

@Suite struct `Filesystem gate` {
    private static func decide(_ path: String, _ policy: FilesystemPolicy = FilesystemPolicy()) -> GateResult<CheckedPath> {
        GateRegistry().evaluate(FilesystemGate(policy), Array(path.utf8))
    }

    private static func code(_ path: String, _ policy: FilesystemPolicy = FilesystemPolicy()) -> String? {
        decide(path, policy).rejection?.code.description
    }

    @Test(
        arguments: [
            ("index.html", "index.html"), ("a/b/c.html", "a/b/c.html"), ("folder/", "folder"), ("_static/app.js", "_static/app.js"),
            ("html/.buildinfo", "html/.buildinfo"), ("a b/c d.txt", "a b/c d.txt"), ("wiki/What?.html", "wiki/What?.html"),
            ("ü.html", "ü.html"), ("u\u{308}.html", "ü.html"), ("\u{212B}", "\u{C5}"), ("日本語/ページ.html", "日本語/ページ.html"),
            ("a..b/c..", nil), ("console.txt", "console.txt"), ("com10.txt", "com10.txt"), ("com", "com"), ("auxiliary/x", "auxiliary/x"),
            ("a...b", "a...b"), ("x~1", "x~1"), ("%2e%2e/x", "%2e%2e/x"),
        ] as [(String, String?)])
    func `lets ordinary paths pass in normal form`(path: String, normal: String?) throws {
        let result = Self.decide(path)
        guard let normal else { return #expect(result.rejection?.code == .portability) }
        let accepted = try result.get()
        #expect(accepted.description.unicodeScalars.elementsEqual(normal.unicodeScalars))
    }

    @Test(arguments: [
        ("", "E_TRAVERSAL"), ("/", "E_TRAVERSAL"), ("/etc/passwd", "E_TRAVERSAL"), ("//x", "E_TRAVERSAL"), ("..", "E_TRAVERSAL"),
        ("../x", "E_TRAVERSAL"), ("a/../../x", "E_TRAVERSAL"), ("a/..", "E_TRAVERSAL"), ("a/../b", "E_TRAVERSAL"), (".", "E_TRAVERSAL"),
        ("./a", "E_TRAVERSAL"), (".ssh/authorized_keys", "E_TRAVERSAL"), (".hidden", "E_TRAVERSAL"), ("a/./b", "E_TRAVERSAL"),
        ("a//b", "E_TRAVERSAL"), ("a//", "E_TRAVERSAL"), ("\\x", "E_TRAVERSAL"), ("..\\..\\x", "E_TRAVERSAL"),
        ("a\\..\\x", "E_TRAVERSAL"), ("a/..\\x", "E_TRAVERSAL"), ("\\\\server\\share", "E_TRAVERSAL"), ("C:\\x", "E_TRAVERSAL"),
        ("c:x", "E_TRAVERSAL"), ("C:/x", "E_TRAVERSAL"),
        ("a\\b", "E_PORTABILITY"), ("file:stream", "E_PORTABILITY"), ("a/b::$DATA", "E_PORTABILITY"), ("a\u{0}b", "E_PORTABILITY"),
        ("a/\u{1B}[31m", "E_PORTABILITY"), ("a\nb", "E_PORTABILITY"), ("a\u{7F}", "E_PORTABILITY"), ("a\u{85}b", "E_PORTABILITY"),
        ("a\u{2028}b", "E_PORTABILITY"), ("gpj\u{202E}exe.html", "E_PORTABILITY"), ("a\u{2066}b", "E_PORTABILITY"),
        ("CON", "E_PORTABILITY"), ("con.txt", "E_PORTABILITY"), ("a/NUL", "E_PORTABILITY"), ("a/nul.tar.gz", "E_PORTABILITY"),
        ("PRN/x", "E_PORTABILITY"), ("aux.c", "E_PORTABILITY"), ("com1", "E_PORTABILITY"), ("LPT9.txt", "E_PORTABILITY"),
        ("com¹", "E_PORTABILITY"), ("lpt0", "E_PORTABILITY"), ("CONIN$", "E_PORTABILITY"), ("nul .txt", "E_PORTABILITY"),
        ("a./b", "E_PORTABILITY"), ("a /b", "E_PORTABILITY"), ("name.", "E_PORTABILITY"), ("a/...", "E_PORTABILITY"),
    ])
    func `refuses hostile paths`(path: String, expected: String) {
        #expect(Self.code(path) == expected)
    }

    @Test func `bounds are those of the policy`() {
        func deep(_ levels: Int) -> String { Array(repeating: "d", count: levels).joined(separator: "/") }
        #expect(Self.code(deep(20)) == nil)
        #expect(Self.code(deep(21)) == "E_DEPTH")
        #expect(Self.code(deep(32), .archive) == nil)
        #expect(Self.code(deep(33), .archive) == "E_DEPTH")
        #expect(Self.code(String(repeating: "n", count: 255)) == nil)
        #expect(Self.code(String(repeating: "n", count: 256)) == "E_SEGMENT_LEN")
        #expect(Self.code(String(repeating: "ü", count: 128)) == "E_SEGMENT_LEN")
        #expect(Self.code(String(repeating: "n", count: 240), .archive) == nil)
        #expect(Self.code(String(repeating: "n", count: 241), .archive) == "E_SEGMENT_LEN")
        let segment = String(repeating: "n", count: 240) + "/"
        #expect(Self.code(String(repeating: segment, count: 17) + "x", .archive) == "E_PATH_LEN")
        #expect(Self.code(String(repeating: segment, count: 16) + "x", .archive) == nil)
        // One byte less than the limit as given, and beyond it in normal form.
        #expect(Self.code(String(repeating: "\u{1D160}", count: 1023)) == "E_PATH_LEN")
    }

    @Test func `archives of a folder begin with a dot and a slash`() throws {
        #expect(try Self.decide("./", .archive).get().isRoot)
        #expect(try Self.decide("./a/b", .archive).get().description == "a/b")
        #expect(Self.code("./.git/config", .archive) == "E_TRAVERSAL")
        #expect(Self.code("././a", .archive) == "E_TRAVERSAL")
        #expect(Self.code("./../a", .archive) == "E_TRAVERSAL")
        #expect(Self.code(".//etc/passwd", .archive) == "E_TRAVERSAL")
    }

    @Test func `bytes that are not text are refused`() {
        for bytes: [UInt8] in [[0xFF], [0x61, 0xC3], [0xC0, 0xAE, 0xC0, 0xAE, 0x2F], [0xED, 0xA0, 0x80], [0x2F, 0xFF]] {
            #expect(GateRegistry().evaluate(FilesystemGate(), bytes).rejection?.code == .portability)
        }
    }

    @Test func `what passes is below the root and passes again unchanged`() throws {
        var random = SplitMix(state: 42)
        let pieces = [
            "..", ".", "/", "\\", "a", "B", "ü", "u\u{308}", "\u{0}", "con", "c:", " ", "\u{FF0F}", "\u{2024}\u{2024}", "\u{226E}", "é",
            "ſ",
            "\u{1D160}", "名",
        ].map { Array($0.utf8) }
        let registry = GateRegistry()
        var passed = 0
        for _ in 0..<20_000 {
            var path: [UInt8] = []
            for _ in 0..<Int(random.next() % 8) {
                path +=
                    random.next() % 10 == 0 ? [UInt8(truncatingIfNeeded: random.next())] : pieces[Int(random.next() % UInt64(pieces.count))]
            }
            guard case .accepted(let checked) = registry.evaluate(FilesystemGate(), path) else { continue }
            passed += 1
            #expect(!checked.segments.contains { ["", ".", ".."].contains($0) || $0.contains("/") || $0.contains("\\") })
            #expect(!checked.segments.isEmpty)
            let again = try registry.evaluate(FilesystemGate(), Array(checked.description.utf8)).get()
            #expect(again.description.utf8.elementsEqual(checked.description.utf8))
        }
        #expect(passed > 1000)
    }

    @Test func `a rejection shows the last name only`() throws {
        let rejection = try #require(Self.decide("home/someone/private/nul.txt").rejection)
        #expect(rejection.details == ["path": "nul.txt"])
        #expect(rejection.field == "path")
    }
}

@Suite struct `Sets of paths` {
    private static func insert(_ names: [String], _ policy: FilesystemPolicy = .archive) throws -> Rejection? {
        var set = PathSet()
        let registry = GateRegistry()
        for name in names {
            let path = try registry.evaluate(FilesystemGate(policy), Array(name.utf8)).get()
            let isFolder = name.hasSuffix("/")
            if let rejection = registry.evaluate(PathSetGate(policy), .init(path, isFolder: isFolder, others: set)).rejection {
                return rejection
            }
            set.insert(path, isFolder: isFolder)
        }
        return nil
    }

    @Test(
        arguments: [
            (["a", "b", "c/a", "c/b", "c/"], nil), (["./", "./a/", "./a/", "./a/b"], nil), (["a/b", "a/"], nil),
            (["README", "readme"], "E_CASEFOLD_COLLISION"), (["a/X", "A/y"], "E_CASEFOLD_COLLISION"),
            (["straße", "STRASSE"], "E_CASEFOLD_COLLISION"), (["ΣΑΣ", "σας"], "E_CASEFOLD_COLLISION"),
            (["a\u{200D}b", "ab"], "E_CASEFOLD_COLLISION"), (["ü", "u\u{308}"], "E_OVERWRITE_FILE"),
            (["Ü", "u\u{308}"], "E_CASEFOLD_COLLISION"),
            (["K", "\u{212A}"], "E_OVERWRITE_FILE"), (["k", "\u{212A}"], "E_CASEFOLD_COLLISION"),
            (["a", "a"], "E_OVERWRITE_FILE"), (["a", "a/b"], "E_OVERWRITE_FILE"), (["a/b", "a"], "E_OVERWRITE_FILE"),
            (["a", "a/"], "E_OVERWRITE_FILE"),
        ] as [([String], String?)])
    func `no two paths are the same`(names: [String], expected: String?) throws {
        #expect(try Self.insert(names)?.code.description == expected)
    }

    @Test func `implied folders and long names count`() throws {
        var policy = FilesystemPolicy.archive
        policy.maximumPaths = 4
        #expect(try Self.insert(["a/b/c", "d"], policy) == nil)
        #expect(try Self.insert(["a/b/c", "d/e"], policy)?.code == .entryBudget)
        policy = .archive
        policy.maximumSetBytes = 10
        #expect(try Self.insert(["aaaa", "bbbb"], policy) == nil)
        #expect(try Self.insert(["aaaa", "bbbbbbb"], policy)?.code == .entryBudget)
    }
}

/// A small generator with a seed, so that a failure comes back.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
