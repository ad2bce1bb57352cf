package import Domain

/// One file of the write-ahead log by its name: 8 hexadecimal digits each of the timeline and of the two halves of its number.
///
/// Source: PostgreSQL 18, "WAL Internals"; segments have the default size of 16 MiB.
package struct LogSegment: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Bytes of a segment.
    package static let size: UInt64 = 16 << 20
    private static let perHalf = (UInt64(1) << 32) / size

    package let timeline: UInt32
    /// How many segments are before it.
    package let number: UInt64

    package init(timeline: UInt32, number: UInt64) { (self.timeline, self.number) = (timeline, number) }

    /// The segment that `position` is in.
    package init(timeline: UInt32, at position: LogPosition) { self.init(timeline: timeline, number: position.value / Self.size) }

    /// The segment that `name` names, or nil.
    package init?(_ name: some StringProtocol) {
        guard name.utf8.count == 24, name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }),
            let timeline = UInt32(name.prefix(8), radix: 16), let high = UInt64(name.dropFirst(8).prefix(8), radix: 16),
            let low = UInt64(name.suffix(8), radix: 16), low < Self.perHalf
        else { return nil }
        self.init(timeline: timeline, number: high * Self.perHalf + low)
    }

    /// Checks that a server's files of the log are as large as the arithmetic here takes them to be.
    ///
    /// - Parameter bytes: what the server says.
    /// - Throws: `E_BACKUP_SEGMENT`: with another size every name of a file would mean another place.
    package static func require(_ bytes: UInt64) throws(Fault) {
        guard bytes != size else { return }
        throw Fault(
            .configuration, code: "E_BACKUP_SEGMENT",
            "The database has files of the log of \(bytes >> 20) MiB; backups are made of those with \(size >> 20) MiB.",
            hint: "Use the backups of the database's operator, or a cluster that initdb made without --wal-segsize.")
    }

    /// The one behind it on the same timeline.
    package var next: LogSegment { LogSegment(timeline: timeline, number: number + 1) }
    /// Where it begins.
    package var start: LogPosition { LogPosition(value: number * Self.size) }

    package var description: String {
        Self.digits(UInt64(timeline)) + Self.digits(number / Self.perHalf) + Self.digits(number % Self.perHalf)
    }

    /// By their place in the log, whatever the timeline.
    package static func < (left: LogSegment, right: LogSegment) -> Bool {
        (left.number, left.timeline) < (right.number, right.timeline)
    }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - text.utf8.count) + text
    }
}
