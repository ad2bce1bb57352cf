package import Policy

/// What may be extracted, and how.
package struct ArchivePolicy: Sendable, Hashable {
    /// Numbers of entries, sizes, ratios and the wall time: 50,000 entries, 2 GiB a file, ratio 100, 120 s.
    package var extraction = ExtractionPolicy()
    /// Bounds of the paths: 32 levels, 240 bytes a name, 4,096 bytes in all.
    package var paths = FilesystemPolicy.archive
    /// Share of the extracted size that must be free on the disk beyond it. Default 0.1.
    package var headroom = 0.1
    /// Compressions around a tar, one within the other. Default 1.
    package var maximumFilters = 1

    /// The defaults that the properties name.
    package init() {}
}
