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

    @Test func `a history of before the key was another one is left out, and the newest one is not`() async throws {
        try await withTarget(key: try backupKey("3")) { target, folder in
            let archive = LogArchive(target, cluster: "7")
            let before = LogArchive(BackupTarget(store: target.store, key: try backupKey("4"), work: target.work), cluster: "7")
            for (name, archive) in [("00000002.history", before), ("00000003.history", archive)] {
                try write(Array("1\t0/5000000\tno reason\n".utf8), to: folder + "/history")
                _ = try await archive.ship(folder + "/history", name: name)
            }
            for out in ["now", "then"] {
                try FileManager.default.createDirectory(atPath: folder + "/" + out, withIntermediateDirectories: true)
            }
            let start = LogSegment(timeline: 1, number: 1)
            let content = try await archive.content()
            #expect(try await archive.fetch(from: start, into: folder + "/now", content: content) == ["00000003.history"])
            #expect(
                await fault { _ = try await before.fetch(from: start, into: folder + "/then", content: content) }?.code == "E_BACKUP_KEY")
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
            #expect(try await target.inventory().bases.map(\.id) == ["week", "new"])
            #expect(try await target.store.list(prefix: "1/bases/old/").isEmpty)
            #expect(try await archive.content().segments.map(\.number) == [3, 4, 5, 6])
            #expect(try await target.prune(cluster: "1", isDryRun: false, now: now).dropped == [])
        }
    }

    @Test func `a manifest that cannot be read is named, and the other backups are as good as before`() async throws {
        try await withTarget(key: try backupKey("3")) { target, folder in
            let now = Date(timeIntervalSince1970: 1_800_000_000)
            for (id, hours, place) in [("a", 5.0, 1), ("b", 3, 2), ("c", 1, 3)] as [(String, Double, UInt64)] {
                let base = base(id, start: now.addingTimeInterval(-3600 * hours), at: LogPosition(value: place << 24))
                _ = try await target.put(try Self.manifest(base, folder), at: "1/bases/\(id)/manifest.json")
            }
            // One that was changed, one that is none at all, one that another key has sealed.
            let path = folder + "/store/1/bases/b/manifest.json"
            let stored = try read(path)
            try write(stored.dropLast() + [stored.last! ^ 1], to: path)
            _ = try await target.put(Array("{}".utf8), at: "1/bases/d/manifest.json")
            let other = BackupTarget(store: target.store, key: try backupKey("4"), work: target.work)
            _ = try await other.put(Array("{}".utf8), at: "1/bases/e/manifest.json")
            let found = try await target.inventory()
            #expect(found.bases.map(\.id) == ["a", "c"])
            #expect(found.unreadable.map(\.backup) == ["b", "d", "e"])
            #expect(found.unreadable.map(\.fault.code) == ["E_BACKUP_DAMAGED", "E_BACKUP_DAMAGED", "E_BACKUP_KEY"])
            #expect(found.unreadable.allSatisfy { $0.key == "1/bases/\($0.backup)/manifest.json" })
            // Only who means that one is refused.
            try found.requireReadable(nil)
            try found.requireReadable("a")
            #expect(await fault { try found.requireReadable("b") }?.message.contains("1/bases/b/manifest.json") == true)
            #expect(try RecoveryPlan(found.bases, id: nil, moment: nil).base.id == "c")
            let report = try await target.prune(cluster: "1", isDryRun: false, now: now)
            #expect(report.unreadable == ["b", "d", "e"] && report.dropped == [] && report.abandoned == [])
            #expect(await fault { try (try await other.inventory(of: "2")).requireReadable(nil) } == nil)
            try await target.store.delete(["a", "c"].map { "1/bases/\($0)/manifest.json" })
            #expect(await fault { try (try await target.inventory()).requireReadable(nil) }?.code == "E_BACKUP_DAMAGED")
        }
    }

    @Test func `behind a restore to a moment nothing of the line that goes on is let go of for the sake of the one that was left`()
        async throws
    {
        try await withTarget { target, folder in
            let now = Date(timeIntervalSince1970: 1_800_000_000)
            // Timeline 1 went on to segment 90 and has a backup there; a restore to segment 50 began timeline 2.
            let bases: [(String, Double, UInt32, UInt64)] = [("old", 20, 1, 40), ("left", 8, 1, 90), ("here", 3, 2, 60)]
            for (id, days, timeline, place) in bases {
                var base = base(id, start: now.addingTimeInterval(-days * 86_400), at: LogPosition(value: place << 24))
                base.timeline = timeline
                _ = try await target.put(try Self.manifest(base, folder), at: "1/bases/\(id)/manifest.json")
            }
            let archive = LogArchive(target, cluster: "1")
            try write([1], to: folder + "/segment")
            let files =
                [30, 45, 90].map { LogSegment(timeline: 1, number: $0) } + [50, 55, 61].map { LogSegment(timeline: 2, number: $0) }
            for file in files { _ = try await archive.ship(folder + "/segment", name: "\(file)") }
            try write(Array("1\t0/32000028\tbefore 2026-11-26 12:00:00+00\n".utf8), to: folder + "/history")
            _ = try await archive.ship(folder + "/history", name: "00000002.history")
            let content = try await archive.content()
            let history = try await archive.history(content)
            #expect(history == TimelineHistory(timeline: 2, ends: [1: LogPosition(value: 50 << 24 + 0x28)]))
            let report = try await target.prune(cluster: "1", isDryRun: false, now: now)
            #expect(report.segments == 1 && report.dropped == [])
            #expect(try await archive.content().segments.map(\.number) == [45, 50, 55, 61, 90])
            // The newest state comes from the line that goes on, however young the other one is.
            let all = try await target.inventory().bases
            let histories = ["1": history]
            #expect(try RecoveryPlan(all, histories: histories, id: nil, moment: nil).base.id == "here")
            let week = now.addingTimeInterval(-7 * 86_400)
            #expect(try RecoveryPlan(all, histories: histories, id: nil, moment: week).base.id == "old")
            // Who names it gets the other one, on its own line.
            let left = try RecoveryPlan(all, histories: histories, id: "left", moment: nil)
            #expect(left.base.id == "left" && left.timeline == 1)
        }
    }

    @Test func `a hole in the log is told with the name of what is missing`() throws {
        let history = TimelineHistory(timeline: 2, ends: [1: LogPosition(value: 5 << 24)])
        var content = LogArchive.Content(
            segments: [3, 4].map { LogSegment(timeline: 1, number: $0) } + [5, 6].map { LogSegment(timeline: 2, number: $0) },
            partial: [LogSegment(timeline: 2, number: 7)])
        #expect(try history.line(from: 3, in: content, key: { $0 }).map(\.timeline) == [1, 1, 2, 2, 2])
        // What the line that was left wrote later is no part of it, and no replacement.
        content.segments += [LogSegment(timeline: 1, number: 5), LogSegment(timeline: 1, number: 9)]
        #expect(try history.line(from: 3, in: content, key: { $0 }).count == 5)
        content.segments.removeAll { $0 == LogSegment(timeline: 2, number: 5) }
        let missing = #expect(throws: Fault.self) { try history.line(from: 3, in: content, key: { "77/log/\($0)" }) }
        #expect(missing?.message.contains("77/log/000000020000000000000005") == true)
        #expect(try history.line(from: 8, in: content, key: { $0 }) == [])
        for text in ["x", "2\t0/0\tno", "1\tnowhere\tno"] {
            #expect(throws: Fault.self) { try TimelineHistory(name: "00000002.history", text: text) }
        }
        #expect(throws: Fault.self) { try LogSegment.require(64 << 20) }
        #expect(throws: Never.self) { try LogSegment.require(16 << 20) }
    }

    @Test func `a backup that was begun and never ended goes after a day, and not before`() async throws {
        try await withTarget { target, _ in
            _ = try await target.store.putBytes([1], at: "1/bases/begun/base.tar.gz")
            let now = Date()
            let early = try await target.prune(cluster: "1", isDryRun: false, now: now)
            #expect(early.abandoned == [])
            let later = now.addingTimeInterval(86_400 + 60)
            for isDryRun in [true, false] {
                #expect(try await target.prune(cluster: "1", isDryRun: isDryRun, now: later).abandoned == ["begun"])
            }
            #expect(try await target.store.list(prefix: "1/bases/").isEmpty)
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
