/// What may come out of an archive.
package struct ExtractionPolicy: Sendable, Hashable {
    /// Most entries, folders included.
    package var maximumEntries = 50_000
    /// Largest file in bytes.
    package var maximumFileBytes: Int64 = 2 << 30
    /// Largest ratio of all that comes out to the size of the archive.
    package var maximumTotalRatio: Int64 = 100
    /// Largest ratio of an entry to its part of the archive.
    package var maximumEntryRatio: Int64 = 100
    /// Sizes up to this many bytes have any ratio: small files compress well, and do no harm.
    package var ratioFloor: Int64 = 1 << 20
    /// Most bytes out of an archive of ``fewEntries`` entries or less.
    package var maximumBytesOfFewEntries: Int64 = 10_240 << 20
    /// See ``maximumBytesOfFewEntries``.
    package var fewEntries = 10
    /// Longest time for one archive.
    package var maximumTime: Duration = .seconds(120)

    package init() {}
}
