import Policy
import Testing

@Suite struct `Extraction gate` {
    private static let megabyte: Int64 = 1 << 20
    private static let gigabyte: Int64 = 1 << 30

    private static func path(_ name: String = "docs/a.html") throws -> CheckedPath {
        try GateRegistry().evaluate(FilesystemGate(), Array(name.utf8)).get()
    }

    private static func budget(archive: Int64, entries: Int = 0, bytes: Int64 = 0, elapsed: Duration = .zero) -> ExtractionBudget {
        var budget = ExtractionBudget(archiveBytes: archive)
        for _ in 0..<entries { budget.countEntry() }
        budget.add(bytes: bytes)
        budget.elapsed = elapsed
        return budget
    }

    private static func entry(
        _ kind: ExtractionEntry.Kind = .file, declared: Int64?, compressed: Int64? = nil
    ) throws -> ExtractionEntry {
        ExtractionEntry(try path(), kind, declaredBytes: declared, compressedBytes: compressed)
    }

    private static func code(_ entry: ExtractionEntry, _ budget: ExtractionBudget) -> String? {
        GateRegistry().evaluate(ExtractionGate(), .init(entry, budget)).rejection?.code.description
    }

    @Test(arguments: ExtractionEntry.Kind.allCases)
    func `only files and folders come out`(kind: ExtractionEntry.Kind) throws {
        let expected = kind == .file || kind == .folder ? nil : "E_SPECIAL_TYPE"
        #expect(Self.code(try Self.entry(kind, declared: 0), Self.budget(archive: 100)) == expected)
    }

    @Test func `entries are counted`() throws {
        let entry = try Self.entry(declared: 10)
        #expect(Self.code(entry, Self.budget(archive: Self.megabyte, entries: 49_999)) == nil)
        #expect(Self.code(entry, Self.budget(archive: Self.megabyte, entries: 50_000)) == "E_ENTRY_BUDGET")
    }

    @Test(
        arguments: [
            (0, nil, nil), (nil, nil, nil), (-1, nil, "E_FILE_SIZE"), (Int64.min, nil, "E_FILE_SIZE"), (Int64.max, nil, "E_FILE_SIZE"),
            (2 * gigabyte, nil, nil), (2 * gigabyte + 1, nil, "E_FILE_SIZE"),
            (megabyte, 1, nil), (megabyte + 1, 1, "E_ENTRY_RATIO"), (10 * megabyte, megabyte / 10, "E_ENTRY_RATIO"),
            (10 * megabyte, megabyte / 9, nil), (10 * megabyte, 0, "E_ENTRY_RATIO"), (10 * megabyte, -5, "E_ENTRY_RATIO"),
            (10 * megabyte, Int64.max, nil),
        ] as [(Int64?, Int64?, String?)])
    func `sizes and ratios of one entry are bounded`(declared: Int64?, compressed: Int64?, expected: String?) throws {
        let entry = try Self.entry(declared: declared, compressed: compressed)
        #expect(Self.code(entry, Self.budget(archive: Self.gigabyte)) == expected)
    }

    @Test func `all entries together are bounded`() throws {
        let entry = try Self.entry(declared: Self.megabyte)
        #expect(Self.code(entry, Self.budget(archive: Self.megabyte, entries: 99, bytes: 99 * Self.megabyte)) == nil)
        #expect(Self.code(entry, Self.budget(archive: Self.megabyte, entries: 99, bytes: 99 * Self.megabyte + 1)) == "E_BOMB_RATIO")
        #expect(Self.code(entry, Self.budget(archive: Self.megabyte, bytes: .max)) == "E_BOMB_RATIO")
        #expect(Self.code(try Self.entry(declared: 1000), Self.budget(archive: 10)) == nil)
        #expect(Self.code(entry, Self.budget(archive: 0)) == "E_BOMB_RATIO")
        #expect(Self.code(entry, Self.budget(archive: 20 * Self.gigabyte, entries: 9, bytes: 10 * Self.gigabyte)) == "E_BOMB_RATIO")
        #expect(Self.code(entry, Self.budget(archive: 20 * Self.gigabyte, entries: 10, bytes: 10 * Self.gigabyte)) == nil)
        #expect(Self.code(entry, Self.budget(archive: Self.gigabyte, elapsed: .seconds(121))) == "E_EXTRACT_TIME")
    }

    @Test(
        arguments: [
            (10, 0, 10, nil), (10, 0, 11, "E_FILE_SIZE_STREAM"), (10, 10, 1, "E_FILE_SIZE_STREAM"), (nil, 0, 1000, nil),
            (nil, 2 * gigabyte, 1, "E_FILE_SIZE_STREAM"), (nil, Int64.max, 1, "E_FILE_SIZE_STREAM"),
        ] as [(Int64?, Int64, Int, String?)])
    func `a stream that goes on beyond its header stops`(declared: Int64?, written: Int64, count: Int, expected: String?) throws {
        let input = ExtractionStreamGate.Input(
            try Self.entry(declared: declared), written: written, count: count, Self.budget(archive: Self.gigabyte))
        #expect(GateRegistry().evaluate(ExtractionStreamGate(), input).rejection?.code.description == expected)
    }

    @Test func `a bomb without sizes in its headers stops while it is written`() throws {
        let registry = GateRegistry()
        var budget = ExtractionBudget(archiveBytes: 20_000)
        let entry = try Self.entry(declared: nil)
        _ = try registry.evaluate(ExtractionGate(), .init(entry, budget)).get()
        budget.countEntry()
        var written: Int64 = 0
        var rejection: Rejection?
        while rejection == nil {
            switch registry.evaluate(ExtractionStreamGate(), .init(entry, written: written, count: 65_536, budget)) {
            case .accepted(let size):
                written = size
                budget.add(bytes: 65_536)
            case .rejected(let reason): rejection = reason
            }
        }
        #expect(rejection?.code == .bombRatio)
        #expect(written <= 20_000 * 100)
        #expect(rejection?.details == ["path": "a.html"])
    }

    @Test func `an ordinary archive passes`() throws {
        let registry = GateRegistry()
        var budget = ExtractionBudget(archiveBytes: 40_000_000)
        var paths = PathSet()
        for number in 0..<2000 {
            let path = try registry.evaluate(FilesystemGate(.archive), Array("docs/part\(number % 40)/page\(number).html".utf8)).get()
            _ = try registry.evaluate(PathSetGate(.archive), .init(path, isFolder: false, others: paths)).get()
            paths.insert(path, isFolder: false)
            let entry = ExtractionEntry(path, .file, declaredBytes: 100_000, compressedBytes: 20_000)
            _ = try registry.evaluate(ExtractionGate(), .init(entry, budget)).get()
            budget.countEntry()
            _ = try registry.evaluate(ExtractionStreamGate(), .init(entry, written: 0, count: 100_000, budget)).get()
            budget.add(bytes: 100_000)
        }
        #expect(budget.entries == 2000)
        #expect(budget.bytes == 200_000_000)
    }
}
