import Domain
import FoundationEssentials

/// Reads lists of artifacts: a text with an address in each line, and what follows a number sign left out, or a list in JSON, of addresses
/// or of objects with `url` and `sha256`. Addresses may be relative to that of the list.
enum ArtifactList {
    private struct Entry: Decodable {
        let url: String
        var sha256: String?

        init(from decoder: any Decoder) throws {
            if let url = try? decoder.singleValueContainer().decode(String.self) {
                self.url = url
            } else {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                url = try container.decode(String.self, forKey: .url)
                sha256 = try container.decodeIfPresent(String.self, forKey: .sha256)
            }
        }

        private enum CodingKeys: String, CodingKey { case url, sha256 }
    }

    /// - Throws: ``Domain/Fault`` `E_LIST` for what is neither, and for an address that is none.
    static func entries(_ bytes: [UInt8], base: SiteURL) throws(Fault) -> [ListedArtifact] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed("it is not text in UTF-8") }
        let first = text.utf8.first { $0 > 0x20 }
        if first == UInt8(ascii: "[") {
            guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(bytes)) else {
                throw malformed("its JSON is no list of addresses")
            }
            var found: [ListedArtifact] = []
            for entry in entries { found.append(ListedArtifact(url: try resolve(entry.url, base), sha256: entry.sha256)) }
            return found
        }
        var found: [ListedArtifact] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard let word = words.first else { continue }
            guard words.count == 1 else { throw malformed("a line has more than an address") }
            found.append(ListedArtifact(url: try resolve(String(word), base)))
        }
        return found
    }

    private static func resolve(_ text: String, _ base: SiteURL) throws(Fault) -> String {
        do throws(SiteURL.Invalid) {
            return try base.resolve(text).description
        } catch {
            throw malformed("an entry is no address")
        }
    }

    private static func malformed(_ reason: String) -> Fault {
        Fault(
            .validation, code: "E_LIST", "The list of artifacts cannot be read: \(reason).", field: "urls",
            limit: "an address in each line, or a list in JSON")
    }
}
