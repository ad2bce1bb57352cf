/// Civil time in UTC from Unix time, without a calendar library: log lines must not pull ICU into the binary.
enum Timestamp {
    /// RFC 3339 in UTC with milliseconds, such as `2026-01-31T23:59:59.999Z`.
    static func rfc3339(_ secondsSince1970: Double) -> String {
        var bytes: [UInt8] = []
        append(secondsSince1970, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As above, appended to a line in the making.
    static func append(_ secondsSince1970: Double, to out: inout [UInt8]) {
        let milliseconds = Int64((secondsSince1970 * 1000).rounded(.down))
        let day = floorDivide(milliseconds, 86_400_000)
        let inDay = milliseconds - day * 86_400_000
        let (year, month, dayOfMonth) = civil(fromDay: day)
        append(nil, year, width: 4, to: &out)
        append("-", month, width: 2, to: &out)
        append("-", dayOfMonth, width: 2, to: &out)
        append("T", inDay / 3_600_000, width: 2, to: &out)
        append(":", inDay / 60_000 % 60, width: 2, to: &out)
        append(":", inDay / 1000 % 60, width: 2, to: &out)
        append(".", inDay % 1000, width: 3, to: &out)
        out.append(UInt8(ascii: "Z"))
    }

    /// Source: "chrono-Compatible Low-Level Date Algorithms", Howard Hinnant: eras of 400 years that begin on 1 March.
    private static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func append(_ separator: Unicode.Scalar?, _ value: Int64, width: Int, to out: inout [UInt8]) {
        if let separator { out.append(UInt8(ascii: separator)) }
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: abs(value) / divisor % 10))
            divisor /= 10
        }
    }
}
