package import Resilience

extension HTTPFetcher {
    /// As ``send(_:)``, through the circuit and the turn-taking of `dependency`. The statuses 500, 502, 503 and 504, and a transfer that does not
    /// come to an answer, count against it.
    ///
    /// - Throws: ``FetchError``, also ``FetchError/Code/circuitOpen`` with ``FetchError/retryAfter`` and ``FetchError/Code/overloaded`` when
    ///   nothing was sent.
    package func send(_ request: FetchRequest, through dependency: Dependency) async throws(FetchError) -> FetchResponse {
        do {
            return try await dependency.call(
                deadline: request.end, outcome: { CircuitOutcome(httpStatus: $0.status, retryAfter: $0.pause) }
            ) {
                try await send(request)
            }
        } catch let error as FetchError {
            throw error
        } catch let error as ResilienceError {
            throw FetchError(error)
        } catch {
            throw FetchError(.cancelled, "the task was cancelled")
        }
    }
}

extension FetchResponse {
    /// The seconds of `Retry-After` with a status that says that the service is away; a limit of one caller is not the service's health.
    fileprivate var pause: Duration? {
        guard status == 503, let seconds = headers["Retry-After"].flatMap({ Int($0) }), seconds >= 0 else { return nil }
        return .seconds(seconds)
    }
}

extension FetchError: DependencyFailure {
    package var outcome: CircuitOutcome {
        switch code {
        case .dns, .connect, .connectionLost, .tls, .timeout, .protocol: .failure
        default: .neutral
        }
    }

    /// A call that was not made.
    package init(_ error: ResilienceError) {
        switch error.code {
        case .circuitOpen: self.init(.circuitOpen, error.message, retryAfter: error.retryAfter)
        case .cancelled: self.init(.cancelled, "the task was cancelled")
        case .timeout: self.init(.timeout, error.message)
        default: self.init(.overloaded, error.message)
        }
    }
}
