import Digests
import Domain
import HTTPTypes
import Hummingbird

/// What a form of a page sent.
struct ConsoleForm: Sendable {
    private let values: QueryParameters

    /// - Throws: ``EdgeFailure`` with 415 or 400 for anything that is no form.
    init(_ call: Call) throws {
        let media = call.head.headerFields[.contentType].map { $0.prefix { $0 != ";" }.lowercased() } ?? ""
        guard media == "application/x-www-form-urlencoded" else {
            throw EdgeFailure(
                fault: Fault(
                    .validation, code: "E_MEDIA_TYPE", "The body must be a form.", field: "Content-Type",
                    limit: "application/x-www-form-urlencoded"), status: 415)
        }
        guard let text = String(validating: call.body, as: UTF8.self) else {
            throw EdgeFailure.syntax("The form is not UTF-8.", field: "body")
        }
        values = try QueryParameters(text)
    }

    /// The text of `name` without white space around it; nil when it is empty.
    func text(_ name: String) throws(Fault) -> String? {
        guard let text = try values.text(name) else { return nil }
        let trimmed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        return trimmed.isEmpty ? nil : trimmed
    }

    /// The lines of `name` that are not empty.
    func lines(_ name: String) throws(Fault) -> [String] {
        (try values.text(name) ?? "").split(whereSeparator: \.isNewline).map { line in
            String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }.filter { !$0.isEmpty }
    }

    /// Refuses a form that does not come from a page of this server: by the browser's word, and by a token that only such a page has.
    static func checkOrigin(_ head: HTTPRequest) throws(Fault) {
        let authority = head.authority?.lowercased() ?? ""
        if let site = head.headerFields[.secFetchSite], site != "same-origin" { throw foreign }
        if let origin = head.headerFields[.origin]?.lowercased(), origin != "http://\(authority)", origin != "https://\(authority)" {
            throw foreign
        }
    }

    /// - Parameter formToken: that of the session.
    func checkToken(_ formToken: String) throws(Fault) {
        guard let given = try values.text("form_token"), Authenticity.equal(Array(given.utf8), Array(formToken.utf8)) else {
            throw Self.foreign
        }
    }

    private static let foreign = Fault(
        .security, code: "E_FORM", "The form does not come from a page of this session.", hint: "Open the page again and repeat it.")
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site")!
}
