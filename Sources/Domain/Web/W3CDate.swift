package import FoundationEssentials

/// A date as sitemaps write it: a year, month, day, or time with its zone. <https://www.w3.org/TR/NOTE-datetime>
package struct W3CDate: Sendable, Hashable {
    /// Where the span begins that the text names, in UTC where it names no zone.
    package let start: Date
    /// How long the span is: a day for a day, a second for a time.
    package let length: Duration

    /// The first moment at which what is named is over wherever one is on Earth.
    package var end: Date {
        // A day without a zone ends in the west 12 hours after it ends in Greenwich.
        let zone: Duration = length >= .seconds(86_400) ? .seconds(12 * 3600) : .zero
        return start.addingTimeInterval(Double((length + zone).components.seconds))
    }

    /// Reads `text`; nil for what is no such date, or one before 1970.
    package init?(_ text: String) {
        var rest = text[...]
        func number(_ digits: Int, in range: ClosedRange<Int>) -> Int? {
            let head = rest.prefix(digits)
            guard head.utf8.count == digits, head.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(head),
                range.contains(value)
            else { return nil }
            rest = rest.dropFirst(digits)
            return value
        }
        func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4, in: 1970...9999) else { return nil }
        var (month, day) = (1, 1)
        var length = Duration.seconds(366 * 86_400)
        var seconds = 0
        if take("-") {
            guard let value = number(2, in: 1...12) else { return nil }
            (month, length) = (value, .seconds(31 * 86_400))
            if take("-") {
                guard let value = number(2, in: 1...31) else { return nil }
                (day, length) = (value, .seconds(86_400))
                if take("T") || take("t") {
                    guard let hour = number(2, in: 0...24), take(":"), let minute = number(2, in: 0...59) else { return nil }
                    seconds = hour * 3600 + minute * 60
                    length = .seconds(60)
                    if take(":") {
                        guard let second = number(2, in: 0...60) else { return nil }
                        (seconds, length) = (seconds + second, .seconds(1))
                        if take(".") { while number(1, in: 0...9) != nil {} }
                    }
                    if !(take("Z") || take("z")) {
                        let isWest = rest.first == "-"
                        guard take("-") || take("+"), let hours = number(2, in: 0...14) else { return nil }
                        _ = take(":")
                        guard let minutes = number(2, in: 0...59) else { return nil }
                        seconds += (hours * 3600 + minutes * 60) * (isWest ? 1 : -1)
                    }
                }
            }
        }
        guard rest.isEmpty else { return nil }
        start = Date(timeIntervalSince1970: Double(Self.days(year, month, day) * 86_400 + seconds))
        self.length = length
    }

    /// Days since 1970 with the year beginning in March, so that the leap day is the last one.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let (shifted, moved) = month < 3 ? (year - 1, month + 9) : (year, month - 3)
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * moved + 2) / 5 + day - 719_469
    }
}
