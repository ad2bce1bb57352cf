/// Names of archive files.
package enum ArchiveName {
    /// Endings by which archives are known, in lower case.
    static let endings = [
        ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst",
    ]

    /// Whether `name` has the ending of an archive.
    package static func isArchive(_ name: String) -> Bool { stem(name) != nil }

    /// `name` without the ending of an archive; nil when it has none, or is nothing else.
    package static func stem(_ name: String) -> String? {
        let lower = name.lowercased()
        guard let ending = endings.filter({ lower.hasSuffix($0) }).max(by: { $0.utf8.count < $1.utf8.count }),
            name.utf8.count > ending.utf8.count
        else { return nil }
        return String(name.dropLast(ending.count))
    }
}
