import { FileArchive, Upload, X } from 'lucide-react';
import { useRef, useState, type DragEvent } from 'react';
import { cn } from '@/lib/cn';
import { bytes } from '@/lib/format';
import { Button } from './ui/button';

interface DropZoneProps {
  aria: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined };
  file: File | null;
  disabled: boolean;
  onFile: (file: File | undefined) => void;
  onClear: () => void;
}

/** Where a ZIP is dropped or chosen. */
export function DropZone({ aria, file, disabled, onFile, onClear }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setIsOver(false);
    if (!disabled) onFile(event.dataTransfer.files[0]);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(!disabled);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
      className={cn(
        'relative rounded-lg border border-dashed transition-colors focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent-ink',
        isOver ? 'border-accent-ink bg-accent-wash' : aria['aria-invalid'] ? 'border-bad' : 'border-line-strong/70 bg-sunken/50',
      )}
    >
      {/* The input itself lies over the whole zone, invisible: a click, the keyboard and a drop all reach it. */}
      <input
        {...aria}
        ref={input}
        type="file"
        accept=".zip,application/zip"
        disabled={disabled}
        onChange={(event) => {
          onFile(event.target.files?.[0]);
          event.target.value = '';
        }}
        className="absolute inset-0 z-10 size-full cursor-pointer opacity-0 disabled:cursor-default"
      />
      {file ? (
        <div className="flex items-center gap-3 p-4">
          <FileArchive size={22} className="shrink-0 text-accent-ink" aria-hidden />
          <p className="min-w-0 flex-1">
            <span className="block truncate font-medium">{file.name}</span>
            <span className="text-[13px] text-soft">{bytes(file.size)}</span>
          </p>
          <Button
            variant="ghost"
            size="icon"
            className="relative z-20"
            aria-label={`Take ${file.name} away`}
            disabled={disabled}
            onClick={() => {
              onClear();
              input.current?.focus();
            }}
          >
            <X size={16} aria-hidden />
          </Button>
        </div>
      ) : (
        <div className="flex flex-col items-center px-4 py-9 text-center">
          <Upload size={22} className="mb-2.5 text-soft" aria-hidden />
          <p className="font-medium">Drop a ZIP here, or choose one</p>
          <p className="mt-0.5 text-[13px] text-soft">It is checked before anything of it runs.</p>
        </div>
      )}
    </div>
  );
}
