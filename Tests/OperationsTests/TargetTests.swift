import Domain
import FoundationEssentials
import Operations
import TestSupport
import Testing

@Suite struct `A target of backups` {
    private func segment(_ number: UInt64) -> String { "\(LogSegment(timeline: 1, number: number))" }

    @Test func `the log goes out in whole files, and of the last one its beginning`() async throws {
        try await withTarget(key: try backupKey("3")) { target, folder in
            let archive = LogArchive(target, cluster: "77")
            let spool = folder + "/spool"
            try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
            for number in [4, 5] as [UInt64] { try write(Array("segment \(number)".utf8), to: "\(spool)/\(segment(number))") }
            try write(Array("begun".utf8) + [0, 0, 0], to: "\(spool)/\(segment(6)).partial")
            let shipper = LogShipper(archive: archive, folder: spool)
            let first = try await shipper.round(includesBegun: true)
            #expect(first.whole == [segment(4), segment(5)])
            #expect(first.begun?.number == 6)
            #expect(try FileManager.default.contentsOfDirectory(atPath: spool) == ["\(segment(6)).partial"])
            // The one that was begun is ended, and its beginning in the target goes.
            try FileManager.default.moveItem(atPath: "\(spool)/\(segment(6)).partial", toPath: "\(spool)/\(segment(6))")
            #expect(try await shipper.round(includesBegun: true).whole == [segment(6)])
            let content = try await archive.content()
            #expect(content.segments.map(\.number) == [4, 5, 6])
            #expect(content.partial == [])
            let out = folder + "/out"
            try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
            #expect(
                try await archive.fetch(from: LogSegment(timeline: 1, number: 5), into: out, content: content) == [segment(5), segment(6)])
            #expect(try read("\(out)/\(segment(6))") == Array("begun".utf8) + [0, 0, 0])
            #expect(try await archive.verify(from: LogSegment(timeline: 1, number: 4)) == 3)
            // A gap is told with the name of what is missing.
            try await target.store.delete(["77/log/\(segment(5))"])
            let gap = await fault { _ = try await archive.verify(from: LogSegment(timeline: 1, number: 4)) }
            #expect(gap?.message.contains(segment(5)) == true)
        }
    }

    @Test func `what was changed, lost or exchanged is named`() async throws {
        try await withTarget { target, folder in
            try write(Array("one".utf8), to: folder + "/file")
            let file = try await target.put(folder + "/file", at: "1/bases/x/base.tar.gz")
            try await target.get(file.name, to: nil, expecting: file)
            var other = file
            other.sha256 = String(repeating: "0", count: 64)
            let store = folder + "/store/1/bases/x/base.tar.gz"
            let stored = try read(store)
            for (what, change): (String, () throws -> Void) in [
                ("changed", { try write(stored.dropLast() + [stored.last! ^ 1], to: store) }),
                ("cut off", { try write(Array(stored.prefix(stored.count / 2)), to: store) }),
                ("lost", { try FileManager.default.removeItem(atPath: store) }),
            ] {
                try change()
                let fault = await fault { try await target.get(file.name, to: nil, expecting: file) }
                #expect(fault?.code == "E_BACKUP_DAMAGED", "\(what)")
                #expect(fault?.message.contains(file.name) == true, "\(what): \(String(describing: fault))")
            }
            try write(stored, to: store)
            let fault = await fault { try await target.get(file.name, to: nil, expecting: other) }
            #expect(fault?.code == "E_BACKUP_DAMAGED")
        }
    }

    @Test func `nothing goes in a dry run, and only what is past its time otherwise`() async throws {
        try await withTarget { target, folder in
            let now = Date(timeIntervalSince1970: 1_800_000_000)
            for (id, days, position) in [("old", 500.0, 1), ("week", 8, 3), ("new", 0, 5)] as [(String, Double, UInt64)] {
                let base = base(id, start: now.addingTimeInterval(-days * 86_400), at: LogPosition(value: position << 24))
                _ = try await target.put(try Self.manifest(base, folder), at: "1/bases/\(id)/manifest.json")
                _ = try await target.store.putBytes([1], at: "1/bases/\(id)/base.tar.gz")
            }
            let archive = LogArchive(target, cluster: "1")
            for number in 1...6 as ClosedRange<UInt64> {
                try write([1], to: folder + "/segment")
                _ = try await archive.ship(folder + "/segment", name: segment(number))
            }
            for isDryRun in [true, false] {
                let report = try await target.prune(cluster: "1", isDryRun: isDryRun, now: now)
                #expect(report.dropped == ["old"])
                #expect(report.segments == 2)
            }
            #expect(try await target.bases().map(\.id) == ["week", "new"])
            #expect(try await target.store.list(prefix: "1/bases/old/").isEmpty)
            #expect(try await archive.content().segments.map(\.number) == [3, 4, 5, 6])
            #expect(try await target.prune(cluster: "1", isDryRun: false, now: now).dropped == [])
        }
    }

    private static func manifest(_ base: BaseBackup, _ folder: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        try write(Array(try encoder.encode(base)), to: folder + "/manifest")
        return folder + "/manifest"
    }
}
