import Domain

/// A file that a folder or an archive holds.
struct FileItem: Sendable {
    /// The names from the root down.
    let path: [String]
    /// SHA-256 of the content in hexadecimal digits; nil until it is read.
    let digest: String?
    /// Why it is not read; nil when nothing speaks against it.
    let obstacle: PageFailure?

    init(_ path: [String], digest: String? = nil, obstacle: PageFailure? = nil) {
        (self.path, self.digest, self.obstacle) = (path, digest, obstacle)
    }

    /// What kind of page it is by its ending; nil when it is none.
    var type: PageContentType? {
        guard let name = path.last, name.utf8.contains(0x2E) else { return nil }
        return PageType(header: "application/octet-stream", path: name)?.kind
    }

    /// The address below `base`, which ends with a slash.
    func url(below base: SiteURL) -> SiteURL {
        base.with(path: base.path + path.map(Self.encoded).joined(separator: "/"))
    }

    /// `name` as a segment of a path in the normal form of ``Domain/SiteURL``.
    static func encoded(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in name.utf8 {
            if plain[Int(byte)] { output.append(byte) } else { output += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static let plain: [Bool] = {
        let others = Set("-._~:@!$&'()*+,;=".utf8)
        return (0...255).map { (byte: Int) in
            switch UInt8(byte) {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: others.contains(UInt8(byte))
            }
        }
    }()
}
