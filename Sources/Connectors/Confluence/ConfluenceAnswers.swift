/// The parts of Confluence's answers that are read, of both APIs: each has some of them.
enum ConfluenceAnswers {
    /// A list, page by page.
    struct List<Element: Decodable & Sendable>: Decodable, Sendable {
        struct Links: Decodable, Sendable {
            let next: String?
        }
        let results: [Element]
        let _links: Links?
    }

    struct Space: Decodable, Sendable {
        let id: ConfluenceID
        let key: String
        let status: String?
    }

    struct Page: Decodable, Sendable {
        struct Version: Decodable, Sendable {
            let number: Int
        }
        struct Body: Decodable, Sendable {
            struct Storage: Decodable, Sendable {
                let value: String
            }
            let storage: Storage?
        }
        struct Place: Decodable, Sendable {
            let key: String
        }
        struct Metadata: Decodable, Sendable {
            let labels: List<Label>?
        }
        struct Links: Decodable, Sendable {
            let webui: String?
        }

        let id: ConfluenceID
        let status: String
        let title: String
        let version: Version?
        let body: Body?
        /// First API.
        let space: Place?
        /// First API.
        let metadata: Metadata?
        /// Second API.
        let labels: List<Label>?
        let _links: Links?

        /// The key of the space: told, or in `/spaces/KEY/pages/…` of the link that people follow.
        var spaceKey: String? {
            if let key = space?.key { return ConfluenceLocation.isKey(key) ? key : nil }
            let parts = (_links?.webui ?? "").split(separator: "/")
            guard let mark = parts.firstIndex(of: "spaces"), parts.count > mark + 1, let key = URLText.decoded(parts[mark + 1]),
                ConfluenceLocation.isKey(key)
            else { return nil }
            return key
        }
    }

    struct Label: Decodable, Sendable {
        let name: String
        let prefix: String?
    }

    struct Attachment: Decodable, Sendable {
        struct Extensions: Decodable, Sendable {
            let mediaType: String?
            let fileSize: ReportedSize?
        }
        let title: String
        let status: String?
        /// Second API.
        let mediaType: String?
        let fileSize: ReportedSize?
        /// First API.
        let extensions: Extensions?
    }
}

extension ConfluenceAnswers.List<ConfluenceAnswers.Label> {
    /// The names of labels that everybody sees, sorted.
    var names: [String] { Set(results.filter { $0.prefix ?? "global" == "global" }.map(\.name)).sorted() }
}
