namespace StackAgent.Infrastructure.Checkups;

/// <summary>Whether something can be put into a folder that may not be there yet.</summary>
internal static class WritableFolder
{
    /// <summary>Why neither the folder can be made nor, if it is there, a file in it; null when nothing is in the way. A file that is made to find out is gone afterwards.</summary>
    public static string? FindObstacle(string folder)
    {
        var existing = DiskSpace.ExistingFolder(folder);
        for (var path = folder; path != existing && path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
                return $"{path} is a file";
        }

        try
        {
            var probe = Path.Combine(existing, $".doctor-{Guid.NewGuid():N}");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
                return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{existing} can't be written to";
        }
    }
}
