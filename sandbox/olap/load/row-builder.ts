/** Source rows into checked cells: the place where a row is found to fit or is filtered, with the reason. */
import { Rejection, UNCONVERTIBLE } from '../conversion.js';
import type { Cell } from '../model.js';
import type { LoadPlan, TargetColumn } from './plan.js';
import type { SourceRow } from './source.js';

/** True, or why the row is filtered: in the words of the BE (vtablet_block_convertor.cpp, file_scanner.cpp). */
export type RowOutcome = true | string;

export class RowBuilder {
  private readonly cells: Cell[];

  constructor(private readonly plan: LoadPlan) {
    this.cells = plan.targets.map(() => null);
  }

  /** Stages the row when every cell fits. */
  add(fields: SourceRow): RowOutcome {
    const { targets, staged, options } = this.plan;
    const isFlexible = options.flexibleColumns === true;
    let mask = '';
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index];
      if (target === undefined) break;
      const text = target.slot === undefined ? undefined : fields[target.slot];
      const isLeftOut = isFlexible && text === undefined && !target.column.key;
      if (isFlexible) mask += isLeftOut ? '0' : '1';
      const cell = isLeftOut ? null : typeof text === 'string' ? this.convert(target, text) : missing(target, text);
      if (cell instanceof Rejection) return cell.reason;
      this.cells[index] = cell;
    }
    staged.append(this.cells, this.isDelete(fields), mask);
    return true;
  }

  private isDelete(fields: SourceRow): boolean {
    const { deleteSlot, options } = this.plan;
    if (deleteSlot === undefined) return options.mergeType === 'DELETE';
    const sign = fields[deleteSlot];
    return sign === '1' || sign === 'true';
  }

  private convert({ column, convert }: TargetColumn, text: string): Cell | Rejection {
    const cell = convert(text);
    if (cell !== UNCONVERTIBLE) return cell;
    if (this.plan.options.strictMode) {
      return new Rejection(`column(${column.name}) value is incorrect while strict mode is true, src value is ${text}`);
    }
    if (column.nullable) return null;
    return new Rejection(`column(${column.name}) values is null while columns is not nullable, src value is ${text}`);
  }
}

function missing({ column, absent, slot }: TargetColumn, text: null | undefined): Cell | Rejection {
  if (text === undefined) {
    if (absent !== undefined) return absent();
    if (slot === undefined) return null;
    return new Rejection(`The column \`${column.name}\` is not nullable, but it's not found in jsondata.`);
  }
  if (column.autoIncrement === true && absent !== undefined) return absent();
  if (column.nullable) return null;
  return new Rejection(`column(${column.name}) values is null while columns is not nullable`);
}
