import Processing

/// The addresses of a list: plain text with one on each line, JSON, or a sitemap.
enum AddressList {
    /// Most addresses of a list.
    static let maximumEntries = SitemapDocument.maximumEntries

    /// Reads a list; addresses as written, in order.
    ///
    /// Text has one address on each line, and lines that are empty or begin with `#` are passed over. JSON is an array of addresses, or an
    /// object that holds one under `urls`; an address may also be an object with `url`.
    /// - Returns: nil for anything else, and for a list that breaks off or has more than ``maximumEntries``.
    static func addresses(_ bytes: [UInt8]) -> [String]? {
        let start = bytes.drop { $0 <= 0x20 || $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }
        guard let first = start.first else { return nil }
        if first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
            guard let items = (try? ProviderJSON.decode(Document.self, from: Array(start), of: "The site"))?.addresses,
                items.count <= maximumEntries
            else {
                return nil
            }
            return items
        }
        guard let list = SitemapDocument(parsing: bytes), list.kind == .pages, list.defect == nil else { return nil }
        return list.entries.map(\.location)
    }

    private struct Document: Decodable {
        let addresses: [String]

        init(from decoder: any Decoder) throws {
            if let items = try? [Item](from: decoder) {
                addresses = items.map(\.address)
            } else {
                addresses = try decoder.container(keyedBy: Key.self).decode([Item].self, forKey: .urls).map(\.address)
            }
        }
    }

    private struct Item: Decodable {
        let address: String

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                address = text
            } else {
                address = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .url)
            }
        }
    }

    private enum Key: String, CodingKey {
        case urls, url
    }
}
