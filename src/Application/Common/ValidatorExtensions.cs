using System.Text.Json;
using FluentValidation;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Common;

public static class ValidatorExtensions
{
    /// <summary>The names of fields in errors: as on the wire (<c>snake_case</c>).</summary>
    public static string WireName(string member) => JsonNamingPolicy.SnakeCaseLower.ConvertName(member);

    /// <summary>Required text of 1…<paramref name="maxLength"/> code points that a database can hold.</summary>
    public static IRuleBuilderOptions<T, string?> RequiredText<T>(this IRuleBuilderInitial<T, string?> rule, int maxLength) => rule
        .Cascade(CascadeMode.Stop)
        .Must(value => !string.IsNullOrWhiteSpace(value)).WithMessage("This field is required and can't be blank.")
        .OptionalText(maxLength);

    /// <summary>Text of at most <paramref name="maxLength"/> code points that a database can hold; null is fine.</summary>
    public static IRuleBuilderOptions<T, string?> OptionalText<T>(this IRuleBuilder<T, string?> rule, int maxLength) => rule
        .Must(value => value is null || Text.Length(value) <= maxLength).WithMessage($"This field can have at most {maxLength} characters.")
        .StorableText();

    /// <summary>Text that a database can hold, and so be asked for; null is fine.</summary>
    public static IRuleBuilderOptions<T, string?> StorableText<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(value => value is null || Text.IsStorable(value)).WithMessage("This field holds a NUL character or broken Unicode.");
}
