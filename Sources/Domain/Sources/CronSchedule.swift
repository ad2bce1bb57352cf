package import FoundationEssentials

/// A cron expression of five fields, in UTC: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday).
///
/// Each field is `*`, a number, a range `a-b`, a step `*/n` or `a-b/n`, or a list of these. When both days are restricted, either may match,
/// as in Vixie cron (crontab(5)).
package struct CronSchedule: Sendable, Hashable, CustomStringConvertible {
    /// The expression, fields separated by single spaces.
    package let description: String
    private let minutes: UInt64
    private let hours: UInt64
    private let days: UInt64
    private let months: UInt64
    private let weekdays: UInt64
    private let restrictsDays: Bool
    private let restrictsWeekdays: Bool

    /// - Throws: ``Fault`` that names the field `schedule` and what is wrong, also for a date that never comes, such as 30 February.
    package init(_ text: String) throws(Fault) {
        guard text.utf8.count <= 200 else { throw Self.invalid("The expression is too long.", "200 bytes") }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else { throw Self.invalid("The expression has \(fields.count) fields.", "5 fields") }
        minutes = try Self.set(fields[0], 0...59, "minute")
        hours = try Self.set(fields[1], 0...23, "hour")
        days = try Self.set(fields[2], 1...31, "day of the month")
        months = try Self.set(fields[3], 1...12, "month")
        let week = try Self.set(fields[4], 0...7, "day of the week")
        // 7 is Sunday too.
        weekdays = (week | (week >> 7 & 1)) & 0x7F
        restrictsDays = fields[2].first != "*"
        restrictsWeekdays = fields[4].first != "*"
        description = fields.joined(separator: " ")
        guard next(after: Date(timeIntervalSince1970: 0)) != nil else { throw Self.invalid("The date never comes.", nil) }
    }

    /// The first minute that matches after `date`; nil when there is none within nine years, so that 29 February is always found.
    package func next(after date: Date) -> Date? {
        let minute = Int((date.timeIntervalSince1970 / 60).rounded(.down)) + 1
        let (first, offset) = (Int((Double(minute) / 1440).rounded(.down)), minute - Int((Double(minute) / 1440).rounded(.down)) * 1440)
        for day in first...(first + 9 * 366) where matches(day: day) {
            for time in (day == first ? offset : 0)..<1440
            where minutes >> UInt64(time % 60) & 1 == 1 && hours >> UInt64(time / 60) & 1 == 1 {
                return Date(timeIntervalSince1970: Double(day * 1440 + time) * 60)
            }
        }
        return nil
    }

    private func matches(day number: Int) -> Bool {
        let (month, day) = Self.civil(number)
        guard months >> UInt64(month) & 1 == 1 else { return false }
        let isDay = days >> UInt64(day) & 1 == 1
        // Day 0 was a Thursday.
        let isWeekday = weekdays >> UInt64(((number + 4) % 7 + 7) % 7) & 1 == 1
        return restrictsDays && restrictsWeekdays ? isDay || isWeekday : isDay && isWeekday
    }

    /// Month and day of the day that is `number` days after 1 January 1970 (Hinnant, "chrono-compatible low-level date algorithms").
    private static func civil(_ number: Int) -> (month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    private static func set(_ field: Substring, _ range: ClosedRange<Int>, _ name: String) throws(Fault) -> UInt64 {
        let limit = "\(range.lowerBound) to \(range.upperBound)"
        var result: UInt64 = 0
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            let bounds = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
            let step = pieces.count == 2 ? number(pieces[1]) : 1
            let isWhole = pieces[0] == "*"
            guard pieces.count <= 2, bounds.count <= 2, let step, step >= 1, isWhole || pieces.count == 1 || bounds.count == 2,
                let lower = isWhole ? range.lowerBound : number(bounds[0]),
                let upper = isWhole ? range.upperBound : number(bounds[bounds.count - 1]),
                range.contains(lower), range.contains(upper), lower <= upper
            else { throw invalid("The \(name) \"\(field.prefix(40))\" cannot be read.", limit) }
            for value in stride(from: lower, through: upper, by: step) { result |= 1 << UInt64(value) }
        }
        return result
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func invalid(_ message: String, _ limit: String?) -> Fault {
        .invalid(field: "schedule", message, limit: limit, hint: "Write minute, hour, day, month and weekday, such as 0 2 * * *.")
    }
}
