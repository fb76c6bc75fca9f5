using System.Globalization;
using System.Text.RegularExpressions;

namespace StackAgent.Domain.Agents;

/// <summary>Kubernetes' notation for amounts: <c>250m</c>, <c>1.5</c>, <c>512Mi</c>, <c>2e3</c>.</summary>
public static partial class Quantity
{
    private static readonly Dictionary<string, decimal> Factors = new(StringComparer.Ordinal)
    {
        ["n"] = 1e-9m,
        ["u"] = 1e-6m,
        ["m"] = 1e-3m,
        [""] = 1,
        ["k"] = 1e3m,
        ["M"] = 1e6m,
        ["G"] = 1e9m,
        ["T"] = 1e12m,
        ["P"] = 1e15m,
        ["E"] = 1e18m,
        ["Ki"] = 1L << 10,
        ["Mi"] = 1L << 20,
        ["Gi"] = 1L << 30,
        ["Ti"] = 1L << 40,
        ["Pi"] = 1L << 50,
        ["Ei"] = 1L << 60,
    };

    /// <summary>Reads an amount that isn't negative.</summary>
    /// <param name="text">As it is given to Kubernetes.</param>
    /// <param name="amount">In units: cores, bytes, pods.</param>
    public static bool TryParse(string text, out decimal amount)
    {
        amount = 0;
        var match = Notation().Match(text);
        if (!match.Success || !decimal.TryParse(match.Groups["number"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;

        try
        {
            amount = number * (match.Groups["exponent"].Success
                ? decimal.Parse($"1e{match.Groups["exponent"].Value}", NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
                : Factors[match.Groups["suffix"].Value]);
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A\+?(?<number>[0-9]+(\.[0-9]*)?|\.[0-9]+)([eE](?<exponent>[+-]?[0-9]{1,2})|(?<suffix>[numkMGTPE]?|[KMGTPE]i))\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Notation();
}
