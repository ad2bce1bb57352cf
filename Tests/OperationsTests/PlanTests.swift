import Domain
import FoundationEssentials
import Operations
import Testing

@Suite struct `Plans of backups` {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private static func hours(_ count: Int) -> [BaseBackup] {
        (0..<count).map {
            base("h\($0)", start: now.addingTimeInterval(-3600 * Double($0)), at: LogPosition(value: UInt64(count - $0) << 24))
        }
    }

    @Test func `hourly for a day, daily for a month, weekly for a year`() {
        let plan = RetentionPlan(Self.hours(400 * 24), now: Self.now)
        let ages = plan.kept.map { Self.now.timeIntervalSince($0.startedAt) / 86_400 }
        #expect(ages.count { $0 <= 1 } == 25)
        #expect((29...31).contains(ages.count { $0 > 1 && $0 <= 30 }))
        #expect((47...49).contains(ages.count { $0 > 30 }))
        #expect(ages.allSatisfy { $0 <= 365 })
    }

    @Test func `a backup is kept for as long as it is needed, however often it is looked at`() {
        // Hour by hour for 40 days, with what was kept the hour before: the daily ones of the last month are there at the end.
        var kept: [BaseBackup] = []
        var now = Self.now
        for hour in 0..<40 * 24 {
            now = Self.now.addingTimeInterval(3600 * Double(hour))
            kept = RetentionPlan(kept + [base("\(hour)", start: now)], now: now).kept
        }
        let days = Set(kept.map { Int(now.timeIntervalSince($0.startedAt) / 86_400) })
        #expect(days.isSuperset(of: 0..<30))
        #expect(kept.count < 25 + 31 + 8)
    }

    @Test func `the newest one stays however old it is, and any moment of a week is reached`() throws {
        let old = [
            base("a", start: Self.now.addingTimeInterval(-900 * 86_400)), base("b", start: Self.now.addingTimeInterval(-800 * 86_400)),
        ]
        #expect(RetentionPlan(old, now: Self.now).kept.map(\.id) == ["b"])
        let many = Self.hours(20 * 24)
        let plan = RetentionPlan(many, now: Self.now)
        let start = try #require(plan.logStart)
        let from = try #require(plan.kept.first { LogSegment(timeline: 1, at: $0.start) == start })
        #expect(Self.now.timeIntervalSince(from.finishedAt) >= 7 * 86_400)
        #expect(RetentionPlan([], now: Self.now).logStart == nil)
    }

    @Test func `a moment is reached from the last backup that ended before it`() throws {
        let bases = [base("a", start: Self.now), base("b", start: Self.now.addingTimeInterval(3600))]
        #expect(try RecoveryPlan(bases, id: nil, moment: nil).base.id == "b")
        #expect(try RecoveryPlan(bases, id: nil, moment: Self.now.addingTimeInterval(3600)).base.id == "a")
        #expect(try RecoveryPlan(bases, id: "a", moment: nil).base.id == "a")
        for (id, moment) in [(nil, Self.now), ("b", Self.now.addingTimeInterval(3600)), ("c", nil)] as [(String?, Date?)] {
            #expect(throws: Fault.self) { try RecoveryPlan(bases, id: id, moment: moment) }
        }
        #expect(throws: Fault.self) { try RecoveryPlan([], id: nil, moment: nil) }
    }

    @Test func `the cluster with the newest backup is meant`() throws {
        let bases = [base("a", start: Self.now), base("b", start: Self.now.addingTimeInterval(60), cluster: "2")]
        #expect(throws: Fault.self) { try RecoveryPlan(bases, id: nil, moment: Self.now.addingTimeInterval(90)) }
        #expect(try RecoveryPlan(bases, id: nil, moment: nil).base.cluster == "2")
    }

    @Test(arguments: ["000000010000000000000001", "0000000200000001000000FF", "0000000A0000001000000000"])
    func `files of the log have the names that Postgres gives them`(name: String) throws {
        let segment = try #require(LogSegment(name))
        #expect("\(segment)" == name)
        #expect(LogSegment(timeline: segment.timeline, at: segment.start) == segment)
    }

    @Test(arguments: [
        "", "00000001000000000000000", "000000010000000000000100", "0000000100000000000000g1", "000000010000000000000001.partial",
    ])
    func `other names are none of the log`(name: String) { #expect(LogSegment(name) == nil) }

    @Test func `the segment behind the last of a half is the first of the next`() throws {
        #expect("\(try #require(LogSegment("0000000100000000000000FF")).next)" == "000000010000000100000000")
        #expect(LogPosition("1/A")! > LogPosition("0/FFFFFFFF")!)
        #expect(["", "1", "1/", "/1", "1/2/3", "100000000/0", "-1/0"].allSatisfy { LogPosition($0) == nil })
    }

    @Test func `a run of the log ends at the first gap, and may end with a beginning`() throws {
        func segment(_ number: UInt64) -> LogSegment { LogSegment(timeline: 1, number: number) }
        var content = LogArchive.Content(segments: [2, 3, 5].map(segment), partial: [segment(4)])
        #expect(content.run(from: segment(2)) == [2, 3, 4].map(segment))
        content.partial = []
        #expect(content.run(from: segment(2)) == [2, 3].map(segment))
        #expect(content.run(from: segment(9)) == [])
    }
}
