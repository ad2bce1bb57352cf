/// One metric with one set of label values.
package protocol MetricSeries: AnyObject, Sendable {
    /// The kind that descriptors of such series have.
    static var kind: MetricDescriptor.Kind { get }

    /// A series that has seen nothing yet.
    init(descriptor: MetricDescriptor)

    /// Writes the samples; `labels` is the rendered list without braces, empty when there are none.
    func render(_ descriptor: MetricDescriptor, labels: String, into page: inout ExpositionPage)
}
