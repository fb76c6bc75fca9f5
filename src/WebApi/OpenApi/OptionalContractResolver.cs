using StackAgent.Application.Common;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Shows <see cref="Optional{T}"/> as what it holds: being absent is no value on the wire.</summary>
internal sealed class OptionalContractResolver(ISerializerDataContractResolver inner) : ISerializerDataContractResolver
{
    public DataContract GetDataContractForType(Type type) => inner.GetDataContractForType(
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>) ? type.GetGenericArguments()[0] : type);
}
