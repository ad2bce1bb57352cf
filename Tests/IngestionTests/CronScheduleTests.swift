import Domain
import FoundationEssentials
import Testing

@Suite struct `Cron schedules` {
    /// 2026-11-21 was a Saturday.
    private static let start = Date(timeIntervalSince1970: 1_795_219_200)

    @Test(arguments: [
        ("* * * * *", 60), ("*/15 * * * *", 900), ("0 2 * * *", 7200), ("30 0 * * 0", 88_200), ("30 0 * * 7", 88_200),
        ("0 0 1 * *", 864_000), ("5,10 1-3/2 * * *", 3900), ("0 0 1 * 1", 172_800), ("0 0 1 1 *", 41 * 86_400),
    ]) func `The next time is the first minute that matches`(_ text: String, _ seconds: Int) throws {
        let next = try #require(try CronSchedule(text).next(after: Self.start))
        #expect(next.timeIntervalSince(Self.start) == Double(seconds))
    }

    @Test func `A leap day is found, and a day that never comes refused`() throws {
        let leap = try #require(try CronSchedule("0 0 29 2 *").next(after: Self.start))
        #expect(leap.timeIntervalSince1970 == 1_835_395_200)
        #expect(throws: Fault.self) { try CronSchedule("0 0 30 2 *") }
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1/2 * * * *",
        "1,,2 * * * *", "-1 * * * *",
    ])
    func `What cannot be read names the schedule`(_ text: String) {
        let fault = #expect(throws: Fault.self) { try CronSchedule(text) }
        #expect(fault?.field == "schedule")
    }

    @Test func `Time goes on from one match to the next`() throws {
        let schedule = try CronSchedule("*/20 23 * * *")
        var date = Self.start
        var found: [Double] = []
        for _ in 0..<4 {
            date = try #require(schedule.next(after: date))
            found.append(date.timeIntervalSince(Self.start) / 60)
        }
        #expect(found == [1380, 1400, 1420, 2820])
    }
}
