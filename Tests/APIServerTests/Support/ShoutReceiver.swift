import Domain

/// A provider whose signature is the word itself: what the routes do with a receiver's answers, whoever the provider is.
struct ShoutReceiver: WebhookReceiver {
    let kind = SourceKind.website

    func receive(_ delivery: WebhookDelivery) throws(Fault) -> WebhookEvent {
        guard delivery.headers["x-signature"] == "right" else {
            throw Fault(.authentication, code: "E_SIGNATURE", "The signature is wrong.", field: "x-signature")
        }
        switch delivery.headers["x-event"] {
        case "hello": return .handshake(token: String(decoding: delivery.body, as: UTF8.self), isProven: false)
        case "hello again": return .handshake(token: String(decoding: delivery.body, as: UTF8.self), isProven: true)
        case "push": return .changed(delivery: delivery.headers["x-delivery"] ?? "", event: "push", subject: nil)
        case let event: return .ignored(event: event ?? "none")
        }
    }
}
