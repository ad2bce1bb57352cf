/// A file that came out of an artifact; an artifact that is no archive is its own only file.
package struct ExtractedFile: Sendable, Hashable {
    /// Path below the version, unique in it, 1 to 4096 bytes.
    package var path: String
    /// What it is, from its name: `html`, `md`, `obo`, `bin`.
    package var format: String
    /// Size in bytes.
    package var bytes: Int64
    /// SHA-256 of the content, 32 bytes.
    package var digest: [UInt8]
    package var storageKey: String

    package init(path: String, bytes: Int64, digest: [UInt8], storageKey: String) {
        (self.path, self.bytes, self.digest, self.storageKey) = (path, bytes, digest, storageKey)
        format = Self.format(of: path)
    }

    /// The ending of `path` in lower case; `bin` when it has none that is 1 to 20 letters and digits.
    package static func format(of path: String) -> String {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "bin" }
        let ending = String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased()
        let isPlain = ending.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return isPlain && (1...20).contains(ending.utf8.count) ? ending : "bin"
    }
}
