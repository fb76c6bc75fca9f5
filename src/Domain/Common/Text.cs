namespace StackAgent.Domain.Common;

/// <summary>Rules for text from outside. Lengths count Unicode code points, as PostgreSQL's <c>varchar(n)</c> does.</summary>
public static class Text
{
    /// <summary>The number of Unicode code points in <paramref name="value"/>; a lone surrogate counts as one.</summary>
    public static int Length(string value)
    {
        var length = value.Length;
        for (var i = 1; i < value.Length; i++)
        {
            if (char.IsSurrogatePair(value[i - 1], value[i]))
                length--;
        }

        return length;
    }

    /// <summary>False for text that no database and no UTF-8 file can hold: a NUL character or half of a surrogate pair.</summary>
    public static bool IsStorable(string value)
    {
        // Most texts have neither, and these searches read many characters at once.
        if (!value.Contains('\0', StringComparison.Ordinal) && !value.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return true;

        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\0')
                return false;
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 >= value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    /// <summary>The first <paramref name="maxLength"/> code points of <paramref name="value"/>; a cut ends in an ellipsis.</summary>
    public static string Truncate(string value, int maxLength)
    {
        if (value.Length <= maxLength || Length(value) <= maxLength)
            return value;

        var end = 0;
        for (var points = 0; points < maxLength - 1; points++)
            end += end + 1 < value.Length && char.IsSurrogatePair(value[end], value[end + 1]) ? 2 : 1;

        return string.Concat(value.AsSpan(0, end), "…");
    }

    /// <summary>The last <paramref name="maxLength"/> code points of <paramref name="value"/>; a cut starts with an ellipsis. For log tails.</summary>
    public static string TruncateStart(string value, int maxLength)
    {
        if (value.Length <= maxLength || Length(value) <= maxLength)
            return value;

        var start = value.Length;
        for (var points = 0; points < maxLength - 1; points++)
            start -= start > 1 && char.IsSurrogatePair(value[start - 2], value[start - 1]) ? 2 : 1;

        return string.Concat("…", value.AsSpan(start));
    }
}
