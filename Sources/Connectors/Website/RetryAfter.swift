import FoundationEssentials

/// The `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date.
enum RetryAfter {
    /// How long to wait from `now`, at most `limit`; `nil` when the header is missing or malformed.
    static func pause(_ header: String?, now: Date, limit: Duration) -> Duration? {
        guard let header else { return nil }
        if let seconds = Int(header) { return seconds >= 0 ? min(.seconds(seconds), limit) : nil }
        guard let date = date(header) else { return nil }
        return min(.seconds(max(0, date.timeIntervalSince(now))), limit)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`; the two obsolete forms are not read.
    private static func date(_ text: String) -> Date? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int(parts[3]), (1...31).contains(day), (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2]) else { return nil }
        // Days since 1970 with the year beginning in March, so that the leap day is the last one.
        let (shifted, moved) = month < 2 ? (year - 1, month + 10) : (year, month - 2)
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * moved + 2) / 5 + day - 719_469
        return Date(timeIntervalSince1970: Double(days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]))
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
