using System.Diagnostics;
using OpenTelemetry.Trace;

namespace StackAgent.WebApi.Telemetry;

/// <summary>
/// Leaves out calls that begin a trace of their own: those of workers that look every second whether there is something to do. What they do
/// then begins with a span of this product.
/// </summary>
internal sealed class RootSampler(Sampler sampler) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.ParentContext.TraceId == default && samplingParameters.Kind == ActivityKind.Client
            ? new SamplingResult(SamplingDecision.Drop)
            : sampler.ShouldSample(samplingParameters);
}
